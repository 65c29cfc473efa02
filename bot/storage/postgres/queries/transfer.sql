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

-- import_record --
INSERT INTO records (collection, key, value, version, tags, expires_at, write_id)
VALUES (%(table)s, %(key)s, %(value)s::jsonb, 1, %(tags)s::text[], %(expires_at)s, %(write_id)s)

-- import_job --
WITH named AS (
    INSERT INTO job_names (queue, name) SELECT %(queue)s, unnest(%(names)s::text[])
)
INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due, attempts, reason, died_at)
VALUES (
    %(queue)s, %(id)s, %(group)s, %(keys)s::text[], %(payload)s::jsonb, %(put_at)s, %(put_id)s, %(due)s,
    %(attempts)s, %(reason)s, %(died_at)s
)

-- import_names --
INSERT INTO job_names (queue, name, forget_at) SELECT %(queue)s, unnest(%(names)s::text[]), %(forget_at)s

-- analyze --
ANALYZE records, jobs, job_names
