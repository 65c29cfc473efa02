-- enqueue --
SELECT put_jobs_2(%(queue)s, %(jobs)s::jsonb) AS put

-- lease --
SELECT id, payload, group_name, due, keys, lease, attempts, leased_until, put_at
FROM lease_jobs_2(%(queue)s, %(limit)s, %(seconds)s, %(lease)s, %(lost)s::uuid[])

-- done --
WITH finished AS (
    DELETE FROM jobs
    USING unnest(%(ids)s::text[], %(leases)s::uuid[]) AS held (id, lease)
    WHERE jobs.queue = %(queue)s AND jobs.id = held.id AND jobs.lease = held.lease
    RETURNING jobs.id, jobs.id || jobs.keys AS names
), remembered AS (
    UPDATE job_names SET forget_at = date_part('epoch', now()) + %(remember)s
    FROM (SELECT unnest(names) AS name FROM finished) AS of_finished
    WHERE job_names.queue = %(queue)s AND job_names.name = of_finished.name
)
SELECT id FROM finished

-- retry --
UPDATE jobs
SET due = %(due)s, payload = coalesce(%(payload)s::jsonb, payload), lease = NULL, leased_until = 0
WHERE queue = %(queue)s AND id = %(id)s AND lease = %(lease)s
RETURNING 1 AS count

-- bury --
UPDATE jobs
SET reason = %(reason)s, died_at = date_part('epoch', now()), lease = NULL, leased_until = 0
WHERE queue = %(queue)s AND id = %(id)s AND lease = %(lease)s
RETURNING 1 AS count

-- dead --
SELECT id, payload, group_name, due, keys, reason, attempts, died_at
FROM jobs
WHERE queue = %(queue)s AND id > %(after)s AND reason IS NOT NULL
ORDER BY id
LIMIT %(limit)s

-- revive --
WITH revived AS (
    UPDATE jobs
    SET reason = NULL, died_at = NULL, attempts = 0, place = nextval('job_places'),
        put_at = date_part('epoch', now()), due = date_part('epoch', now())
    WHERE queue = %(queue)s AND id = %(id)s AND reason IS NOT NULL
    RETURNING queue
)
SELECT 1 AS count, pg_notify('bridge_jobs', current_schema() || '/' || queue) FROM revived

-- drop --
WITH dropped AS (
    DELETE FROM jobs
    WHERE queue = %(queue)s AND id = %(id)s AND reason IS NOT NULL
    RETURNING id || keys AS names
), forgotten AS (
    DELETE FROM job_names USING dropped WHERE queue = %(queue)s AND name = ANY (dropped.names)
)
SELECT count(*) AS count FROM dropped

-- drop_group --
WITH dropped AS (
    DELETE FROM jobs
    WHERE queue = %(queue)s AND group_name = %(group)s AND group_name <> ''
      AND reason IS NULL AND leased_until <= date_part('epoch', now())
    RETURNING id || keys AS names
), forgotten AS (
    DELETE FROM job_names USING dropped WHERE queue = %(queue)s AND name = ANY (dropped.names)
)
SELECT count(*) AS count FROM dropped

-- hasten --
WITH hastened AS (
    UPDATE jobs SET due = date_part('epoch', now())
    WHERE queue = %(queue)s AND group_name = %(group)s AND group_name <> ''
      AND reason IS NULL AND leased_until <= date_part('epoch', now()) AND due > date_part('epoch', now())
    RETURNING 1
)
SELECT count(*) AS count FROM hastened

-- stats --
SELECT
    count(*) FILTER (WHERE reason IS NULL AND leased_until <= date_part('epoch', now())) AS waiting,
    count(*) FILTER (WHERE reason IS NULL AND leased_until > date_part('epoch', now())) AS leased,
    count(*) FILTER (WHERE reason IS NOT NULL) AS dead,
    greatest(0, coalesce(
        -- One that was never tried may be meant for later: it waits from then on.
        date_part('epoch', now())
            - min(CASE attempts WHEN 0 THEN greatest(put_at, due) ELSE put_at END) FILTER (WHERE reason IS NULL),
        0
    )) AS oldest
FROM jobs
WHERE queue = %(queue)s
