-- A lease costs the same however many jobs are put off, and statistics however many jobs there are. Triggers keep the
-- new columns and counts, so that replicas of the previous release keep them too. All of it can be repeated: a
-- migration that is interrupted after its transaction starts again from the beginning.

LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE;

-- The release before the previous one used these.
DROP FUNCTION IF EXISTS put_job_1, lease_jobs_1;

-- Until when the job cannot be leased because it is put off or leased. 0 if it can be, or if it is long since due and
-- no caller of lease_jobs_3 has noticed: the head of a group is only leased after that.
ALTER TABLE jobs ADD COLUMN IF NOT EXISTS rests_until double precision NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION rest_job_3() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.rests_until := greatest(NEW.due, NEW.leased_until);
    IF NEW.rests_until <= date_part('epoch', clock_timestamp()) THEN
        NEW.rests_until := 0;
    END IF;
    RETURN NEW;
END
$$;
DROP TRIGGER IF EXISTS job_rests ON jobs;
CREATE TRIGGER job_rests BEFORE INSERT OR UPDATE OF due, leased_until ON jobs
FOR EACH ROW EXECUTE FUNCTION rest_job_3();

-- How many jobs a queue holds is the sum of its rows. Each server process changes a row of its own, so no transaction
-- waits for another; `merge_counts` adds up those of processes that have ended.
CREATE TABLE IF NOT EXISTS job_counts (
    queue text COLLATE "C" NOT NULL,
    backend integer NOT NULL,      -- its process id; 0: merged
    unfinished bigint NOT NULL,
    dead bigint NOT NULL,
    PRIMARY KEY (queue, backend)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);

CREATE OR REPLACE FUNCTION count_jobs_3() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO job_counts AS present (queue, backend, unfinished, dead)
    SELECT
        queue, pg_backend_pid(),
        change * count(*) FILTER (WHERE reason IS NULL), change * count(*) FILTER (WHERE reason IS NOT NULL)
    FROM changed
    GROUP BY queue
    ON CONFLICT (queue, backend) DO UPDATE
    SET unfinished = present.unfinished + EXCLUDED.unfinished, dead = present.dead + EXCLUDED.dead;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS count_put ON jobs;
CREATE TRIGGER count_put AFTER INSERT ON jobs REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_jobs_3();
DROP TRIGGER IF EXISTS count_gone ON jobs;
CREATE TRIGGER count_gone AFTER DELETE ON jobs REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION count_jobs_3();

CREATE OR REPLACE FUNCTION count_buried_3() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer := CASE WHEN NEW.reason IS NULL THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO job_counts AS present (queue, backend, unfinished, dead)
    VALUES (NEW.queue, pg_backend_pid(), -change, change)
    ON CONFLICT (queue, backend) DO UPDATE
    SET unfinished = present.unfinished + EXCLUDED.unfinished, dead = present.dead + EXCLUDED.dead;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS count_buried ON jobs;
CREATE TRIGGER count_buried AFTER UPDATE OF reason ON jobs FOR EACH ROW
WHEN ((OLD.reason IS NULL) <> (NEW.reason IS NULL)) EXECUTE FUNCTION count_buried_3();

CREATE OR REPLACE FUNCTION count_none_3() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM job_counts;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS count_none ON jobs;
CREATE TRIGGER count_none AFTER TRUNCATE ON jobs FOR EACH STATEMENT EXECUTE FUNCTION count_none_3();

DELETE FROM job_counts;
INSERT INTO job_counts
SELECT queue, 0, count(*) FILTER (WHERE reason IS NULL), count(*) FILTER (WHERE reason IS NOT NULL)
FROM jobs
GROUP BY queue;

-- As put_jobs_2, but all jobs are inserted by one statement and counted once.
CREATE OR REPLACE FUNCTION put_jobs_3(its_queue text, its_jobs jsonb) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
    present double precision := date_part('epoch', clock_timestamp());
    one record;
    added text[];
    fresh boolean;
    answers boolean[] := '{}';
    positions bigint[] := '{}';
BEGIN
    -- In one order among all callers, so that no two wait for each other.
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT lock_of_group_2(its_queue, job ->> 'group') AS key
        FROM jsonb_array_elements(its_jobs) AS job
        WHERE job ->> 'group' <> ''
        ORDER BY key
    ) AS locks;
    FOR one IN
        SELECT job.*
        FROM ROWS FROM (
            jsonb_to_recordset(its_jobs) AS (id text, names text[], put_id uuid)
        ) WITH ORDINALITY AS job (id, names, put_id, position)
        ORDER BY position
    LOOP
        DELETE FROM job_names WHERE queue = its_queue AND name = ANY (one.names) AND forget_at <= present;
        WITH inserted AS (
            INSERT INTO job_names (queue, name) SELECT its_queue, unnest(one.names)
            ON CONFLICT (queue, name) DO NOTHING
            RETURNING name
        )
        SELECT coalesce(array_agg(name), '{}') INTO added FROM inserted;
        IF cardinality(added) = cardinality(one.names) THEN
            positions := positions || one.position;
            fresh := true;
        ELSE
            DELETE FROM job_names WHERE queue = its_queue AND name = ANY (added);
            fresh := EXISTS (SELECT FROM jobs WHERE queue = its_queue AND id = one.id AND put_id = one.put_id);
        END IF;
        answers := answers || fresh;
    END LOOP;
    IF cardinality(positions) > 0 THEN
        INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due)
        SELECT its_queue, job.id, job.group_name, job.keys, job.payload, present, job.put_id, job.due
        FROM ROWS FROM (
            jsonb_to_recordset(its_jobs) AS (
                id text, "group" text, keys text[], payload jsonb, due double precision, put_id uuid
            )
        ) WITH ORDINALITY AS job (id, group_name, keys, payload, due, put_id, position)
        WHERE job.position = ANY (positions)
        ORDER BY job.position;
        PERFORM pg_notify('bridge_jobs', current_schema() || '/' || its_queue);
    END IF;
    RETURN answers;
END
$$;

-- As lease_jobs_2, without reading the jobs that rest. Of those whose rest is over, some more than are leased are
-- made ready; all of them at once could be too many for one call, as on the morning after a night of quiet hours. Rows
-- are found again by their address: the planner does not know how few LIMIT leaves, and might read the whole table.
-- Not SETOF jobs: a statement under way when a column is added fails if its function returns whole rows.
CREATE OR REPLACE FUNCTION lease_jobs_3(
    its_queue text, most integer, seconds double precision, its_lease uuid, lost uuid[]
) RETURNS TABLE (
    id text, payload jsonb, group_name text, due double precision, keys text[], lease uuid, attempts integer,
    leased_until double precision, put_at double precision
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    present double precision := date_part('epoch', clock_timestamp());
BEGIN
    UPDATE jobs SET lease = NULL, leased_until = 0, attempts = attempts - 1
    WHERE queue = its_queue AND lease IS NOT NULL AND lease = ANY (lost) AND reason IS NULL;
    UPDATE jobs SET rests_until = 0
    WHERE ctid = ANY (ARRAY(
        SELECT ctid
        FROM jobs
        WHERE queue = its_queue AND reason IS NULL AND head AND rests_until > 0 AND rests_until <= present
        ORDER BY rests_until
        LIMIT most + 200
        FOR UPDATE SKIP LOCKED
    ));
    RETURN QUERY
    WITH leased AS (
        UPDATE jobs
        SET attempts = attempts + 1, lease = its_lease, leased_until = present + seconds
        WHERE ctid = ANY (ARRAY(
            SELECT ctid
            FROM jobs
            WHERE queue = its_queue AND reason IS NULL AND head AND rests_until = 0
            ORDER BY place
            LIMIT most
            FOR UPDATE SKIP LOCKED
        ))
        RETURNING *
    )
    SELECT id, payload, group_name, due, keys, lease, attempts, leased_until, put_at FROM leased ORDER BY place;
END
$$;

-- The ids of the jobs that were finished. Takes the locks of their groups first and in the order of put_jobs_3, not
-- one by one as the triggers do, so that no two transactions wait for each other.
CREATE OR REPLACE FUNCTION done_jobs_3(its_queue text, ids text[], leases uuid[], remember double precision)
RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(key) FROM (
        SELECT DISTINCT lock_of_group_2(its_queue, jobs.group_name) AS key
        FROM unnest(ids, leases) AS held (id, lease)
        JOIN jobs ON jobs.queue = its_queue AND jobs.id = held.id AND jobs.lease = held.lease
        WHERE jobs.group_name <> ''
        ORDER BY key
    ) AS locks;
    RETURN QUERY
    WITH finished AS (
        DELETE FROM jobs
        USING unnest(ids, leases) AS held (id, lease)
        WHERE jobs.queue = its_queue AND jobs.id = held.id AND jobs.lease = held.lease
        RETURNING jobs.id, jobs.id || jobs.keys AS names
    ), remembered AS (
        UPDATE job_names SET forget_at = date_part('epoch', now()) + remember
        FROM (SELECT unnest(finished.names) AS name FROM finished) AS of_finished
        WHERE job_names.queue = its_queue AND job_names.name = of_finished.name
    )
    SELECT finished.id FROM finished;
END
$$;

CREATE OR REPLACE FUNCTION drop_group_3(its_queue text, its_group text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    dropped bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(lock_of_group_2(its_queue, its_group));
    WITH gone AS (
        DELETE FROM jobs
        WHERE queue = its_queue AND group_name = its_group AND group_name <> ''
          AND reason IS NULL AND leased_until <= date_part('epoch', now())
        RETURNING id || keys AS names
    ), forgotten AS (
        DELETE FROM job_names USING gone WHERE queue = its_queue AND name = ANY (gone.names)
    )
    SELECT count(*) INTO dropped FROM gone;
    RETURN dropped;
END
$$;

-- As leave_group_2, but the head is found by its id alone: the condition that it is not dead, which only a leased job
-- can become, let the planner take an index by queue while the table had no statistics.
CREATE OR REPLACE FUNCTION leave_group_3() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    following text;
BEGIN
    PERFORM pg_advisory_xact_lock(lock_of_group_2(OLD.queue, OLD.group_name));
    LOOP  -- the one that is found may just be dropped
        SELECT id INTO following
        FROM jobs
        WHERE queue = OLD.queue AND group_name = OLD.group_name AND reason IS NULL AND group_name <> ''
        ORDER BY place
        LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE jobs SET head = true WHERE queue = OLD.queue AND id = following;
        EXIT WHEN FOUND;
    END LOOP;
    RETURN NULL;
END
$$;
DROP TRIGGER IF EXISTS job_gone ON jobs;
CREATE TRIGGER job_gone AFTER DELETE ON jobs FOR EACH ROW
WHEN (OLD.group_name <> '' AND OLD.head AND OLD.reason IS NULL) EXECUTE FUNCTION leave_group_3();
DROP TRIGGER IF EXISTS job_buried ON jobs;
CREATE TRIGGER job_buried AFTER UPDATE OF reason ON jobs FOR EACH ROW
WHEN (OLD.group_name <> '' AND OLD.head AND OLD.reason IS NULL AND NEW.reason IS NOT NULL)
EXECUTE FUNCTION leave_group_3();
DROP FUNCTION IF EXISTS leave_group_2;

-- Every job leaves several dead rows behind; a fifth of a large table is too many to wait for.
ALTER TABLE jobs SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE job_names SET (autovacuum_vacuum_scale_factor = 0.05);

-- An interrupted build leaves an invalid index.
DROP INDEX IF EXISTS jobs_ready, jobs_resting, jobs_held, jobs_since, jobs_dead;

-- alone --

-- First the few jobs that are leased: their workers must not wait until the many that are put off are written.
UPDATE jobs SET rests_until = greatest(due, leased_until)
WHERE lease IS NOT NULL AND reason IS NULL AND leased_until > date_part('epoch', now())

-- alone --

UPDATE jobs SET rests_until = due
WHERE reason IS NULL AND rests_until = 0 AND due > date_part('epoch', now())

-- alone --

CREATE INDEX CONCURRENTLY jobs_ready ON jobs (queue, place) WHERE reason IS NULL AND head AND rests_until = 0

-- alone --

CREATE INDEX CONCURRENTLY jobs_resting ON jobs (queue, rests_until) WHERE reason IS NULL AND head AND rests_until > 0

-- alone --

CREATE INDEX CONCURRENTLY jobs_held ON jobs (queue, lease) WHERE lease IS NOT NULL

-- alone --

-- Since when a job waits. One that was never tried may be meant for later: it waits from then on.
CREATE INDEX CONCURRENTLY jobs_since
ON jobs (queue, (CASE attempts WHEN 0 THEN greatest(put_at, due) ELSE put_at END)) WHERE reason IS NULL

-- alone --

CREATE INDEX CONCURRENTLY jobs_dead ON jobs (queue, id) WHERE reason IS NOT NULL

-- alone --

-- Made for the functions that went above. jobs_heads goes when no replica runs lease_jobs_2 any more.
DROP INDEX CONCURRENTLY IF EXISTS jobs_unfinished

-- alone --

DROP INDEX CONCURRENTLY IF EXISTS jobs_leased
