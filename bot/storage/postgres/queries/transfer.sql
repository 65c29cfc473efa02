-- lock --
LOCK TABLE records, jobs, job_names IN EXCLUSIVE MODE

-- is_empty --
SELECT NOT EXISTS (SELECT FROM records) AND NOT EXISTS (SELECT FROM job_names) AS empty

-- export_records --
SELECT collection, key, value, tags, expires_at
FROM records
WHERE expires_at IS NULL OR expires_at > date_part('epoch', now())
ORDER BY collection, key

-- export_jobs --
SELECT queue, id, group_name, due, keys, payload, put_at, attempts, reason, died_at
FROM jobs
ORDER BY queue, place

-- export_names --
SELECT queue, name, forget_at
FROM job_names
WHERE forget_at > date_part('epoch', now())
ORDER BY queue, name

-- import_records --
INSERT INTO records (collection, key, value, version, tags, expires_at, write_id)
SELECT "table", key, value, 1, tags, expires_at, gen_random_uuid()
FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS row ("table" text, key text, value jsonb, tags text[], expires_at double precision)

-- import_jobs --
WITH given AS (
    SELECT *
    FROM ROWS FROM (
        jsonb_to_recordset(%(rows)s::jsonb) AS (
            queue text, id text, "group" text, names text[], keys text[], payload jsonb, put_at double precision,
            due double precision, attempts integer, reason text, died_at double precision
        )
    ) WITH ORDINALITY
), named AS (
    INSERT INTO job_names (queue, name) SELECT queue, unnest(names) FROM given
)
INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due, attempts, reason, died_at)
SELECT queue, id, "group", keys, payload, put_at, gen_random_uuid(), due, attempts, reason, died_at
FROM given
ORDER BY ordinality

-- import_names --
INSERT INTO job_names (queue, name, forget_at)
SELECT queue, unnest(names), forget_at
FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (queue text, names text[], forget_at double precision)

-- analyze --
ANALYZE records, jobs, job_names, job_counts
