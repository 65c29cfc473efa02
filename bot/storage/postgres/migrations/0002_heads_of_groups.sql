-- Whoever looks for work reads the first job of each group alone, however many wait behind it. Triggers mark it, so
-- that an older release's statements do so too. Places are given under the group's lock: the head has the lowest.

ALTER TABLE jobs ADD COLUMN head boolean NOT NULL DEFAULT true;  -- no unfinished job of its group is before it

UPDATE jobs SET head = false
WHERE reason IS NULL AND group_name <> '' AND EXISTS (
    SELECT FROM jobs AS earlier
    WHERE earlier.queue = jobs.queue AND earlier.reason IS NULL AND earlier.group_name <> ''
      AND earlier.group_name = jobs.group_name AND earlier.place < jobs.place
);
CREATE INDEX jobs_heads ON jobs (queue, place) WHERE reason IS NULL AND head;

-- Few locks, however many groups one transaction is about: a server has room for some thousands.
CREATE FUNCTION lock_of_group_2(its_queue text, its_group text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT hashtextextended(
        'group ' || current_schema() || '/' || (hashtextextended(its_queue || '/' || its_group, 0) & 1023), 0
    )
$$;

CREATE FUNCTION join_group_2() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock_of_group_2(NEW.queue, NEW.group_name));
    NEW.place := nextval('job_places');
    NEW.head := NOT EXISTS (
        SELECT FROM jobs
        WHERE queue = NEW.queue AND group_name = NEW.group_name AND reason IS NULL AND group_name <> ''
    );
    RETURN NEW;
END
$$;
CREATE TRIGGER job_put BEFORE INSERT ON jobs FOR EACH ROW
WHEN (NEW.group_name <> '' AND NEW.reason IS NULL) EXECUTE FUNCTION join_group_2();
CREATE TRIGGER job_revived BEFORE UPDATE OF reason ON jobs FOR EACH ROW
WHEN (NEW.group_name <> '' AND OLD.reason IS NOT NULL AND NEW.reason IS NULL) EXECUTE FUNCTION join_group_2();

CREATE FUNCTION leave_group_2() RETURNS trigger LANGUAGE plpgsql AS $$
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
        UPDATE jobs SET head = true WHERE queue = OLD.queue AND id = following AND reason IS NULL;
        EXIT WHEN FOUND;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER job_gone AFTER DELETE ON jobs FOR EACH ROW
WHEN (OLD.group_name <> '' AND OLD.head AND OLD.reason IS NULL) EXECUTE FUNCTION leave_group_2();
CREATE TRIGGER job_buried AFTER UPDATE OF reason ON jobs FOR EACH ROW
WHEN (OLD.group_name <> '' AND OLD.head AND OLD.reason IS NULL AND NEW.reason IS NOT NULL)
EXECUTE FUNCTION leave_group_2();

-- Whether each was put, in order. A name that somebody else is just putting is waited for.
CREATE FUNCTION put_jobs_2(its_queue text, its_jobs jsonb) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
    present double precision := date_part('epoch', clock_timestamp());
    one record;
    added text[];
    fresh boolean;
    answers boolean[] := '{}';
    any_fresh boolean := false;
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
            jsonb_to_recordset(its_jobs) AS (
                id text, "group" text, names text[], keys text[], payload jsonb, due double precision, put_id uuid
            )
        ) WITH ORDINALITY AS job (id, group_name, names, keys, payload, due, put_id, position)
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
            INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due)
            VALUES (its_queue, one.id, one.group_name, one.keys, one.payload, present, one.put_id, one.due);
            fresh := true;
            any_fresh := true;
        ELSE
            DELETE FROM job_names WHERE queue = its_queue AND name = ANY (added);
            fresh := EXISTS (SELECT FROM jobs WHERE queue = its_queue AND id = one.id AND put_id = one.put_id);
        END IF;
        answers := answers || fresh;
    END LOOP;
    IF any_fresh THEN
        PERFORM pg_notify('bridge_jobs', current_schema() || '/' || its_queue);
    END IF;
    RETURN answers;
END
$$;

-- No caller waits for another: a group has one head, and whoever comes to its row second sees it leased. The caller
-- names its lease. If the answer is lost, it names it again as lost, and its jobs need not wait until it runs out:
-- nobody works on them.
CREATE FUNCTION lease_jobs_2(its_queue text, most integer, seconds double precision, its_lease uuid, lost uuid[])
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

-- A list of rows not yet in the index is read by every search; with many writes between two vacuums it is long.
ALTER INDEX records_tags SET (fastupdate = off);
