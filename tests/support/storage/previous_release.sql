-- The statements of the previous release that this one has changed.

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
