-- enqueue --
SELECT put_jobs_3(%(queue)s, %(jobs)s::jsonb) AS put

-- lease --
SELECT id, payload, group_name, due, keys, lease, attempts, leased_until, put_at
FROM lease_jobs_3(%(queue)s, %(limit)s, %(seconds)s, %(lease)s, %(lost)s::uuid[])

-- renew --
UPDATE jobs SET leased_until = date_part('epoch', clock_timestamp()) + %(seconds)s
WHERE queue = %(queue)s AND id = %(id)s AND lease = %(lease)s
RETURNING 1 AS count

-- renew --
UPDATE jobs SET leased_until = date_part('epoch', clock_timestamp()) + %(seconds)s
WHERE queue = %(queue)s AND id = %(id)s AND lease = %(lease)s
RETURNING 1 AS count

-- done --
SELECT done_jobs_3(%(queue)s, %(ids)s::text[], %(leases)s::uuid[], %(remember)s) AS id

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
SELECT drop_group_3(%(queue)s, %(group)s) AS count

-- hasten --
WITH hastened AS (
    UPDATE jobs SET due = date_part('epoch', now())
    WHERE queue = %(queue)s AND group_name = %(group)s AND group_name <> ''
      AND reason IS NULL AND leased_until <= date_part('epoch', now()) AND due > date_part('epoch', now())
    RETURNING 1
)
SELECT count(*) AS count FROM hastened

-- stats --
SELECT unfinished - leased AS waiting, leased, dead, greatest(0, date_part('epoch', now()) - since) AS oldest
FROM (
    SELECT coalesce(sum(unfinished), 0)::bigint AS unfinished, coalesce(sum(dead), 0)::bigint AS dead
    FROM job_counts
    WHERE queue = %(queue)s
) AS counted
CROSS JOIN (
    SELECT count(*) AS leased
    FROM jobs
    WHERE queue = %(queue)s AND lease IS NOT NULL AND leased_until > date_part('epoch', now())
) AS running
LEFT JOIN (
    SELECT CASE attempts WHEN 0 THEN greatest(put_at, due) ELSE put_at END AS since
    FROM jobs
    WHERE queue = %(queue)s AND reason IS NULL
    ORDER BY since
    LIMIT 1
) AS oldest ON true

-- merge_counts --
WITH ended AS (
    DELETE FROM job_counts
    WHERE (queue, backend) IN (
        SELECT queue, backend
        FROM job_counts
        WHERE backend <> 0 AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = backend)
        FOR UPDATE SKIP LOCKED
    )
    RETURNING queue, unfinished, dead
)
INSERT INTO job_counts AS merged (queue, backend, unfinished, dead)
SELECT queue, 0, sum(unfinished), sum(dead) FROM ended GROUP BY queue
ON CONFLICT (queue, backend) DO UPDATE
SET unfinished = merged.unfinished + EXCLUDED.unfinished, dead = merged.dead + EXCLUDED.dead
