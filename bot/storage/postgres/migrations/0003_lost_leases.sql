-- The caller names its lease. If the answer is lost, it names it again as lost, and its jobs need not wait until it
-- runs out: nobody works on them.

CREATE FUNCTION lease_jobs_3(its_queue text, most integer, seconds double precision, its_lease uuid, lost uuid[])
RETURNS SETOF jobs LANGUAGE plpgsql AS $$
DECLARE
    present double precision := date_part('epoch', clock_timestamp());
BEGIN
    UPDATE jobs SET lease = NULL, leased_until = 0, attempts = attempts - 1
    WHERE queue = its_queue AND lease = ANY (lost) AND reason IS NULL;
    RETURN QUERY
    WITH chosen AS (
        SELECT candidate.queue, candidate.id
        FROM jobs AS candidate
        WHERE candidate.queue = its_queue AND candidate.reason IS NULL AND candidate.head
          AND candidate.due <= present AND candidate.leased_until <= present
        ORDER BY candidate.place
        LIMIT most
        FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE jobs
        SET attempts = jobs.attempts + 1, lease = its_lease, leased_until = present + seconds
        FROM chosen
        WHERE jobs.queue = chosen.queue AND jobs.id = chosen.id
        RETURNING jobs.*
    )
    SELECT * FROM leased ORDER BY leased.place;
END
$$;
