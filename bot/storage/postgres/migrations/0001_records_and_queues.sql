-- Times are Unix seconds, as in bot/storage/base.py. Names sort by code point, as in the other engine.

CREATE TABLE records (
    collection text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    value jsonb NOT NULL,
    version bigint NOT NULL,
    tags text[] NOT NULL,          -- each with its collection in front, so that one lookup serves a collection alone
    expires_at double precision,
    write_id uuid NOT NULL,        -- of the call that wrote it, so that a repeated call knows its own write
    PRIMARY KEY (collection, key)
);
CREATE INDEX records_tags ON records USING gin (tags);
CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE SEQUENCE job_places;

CREATE TABLE jobs (
    queue text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    place bigint NOT NULL DEFAULT nextval('job_places'),
    group_name text COLLATE "C" NOT NULL,
    keys text[] NOT NULL,
    payload jsonb NOT NULL,
    put_at double precision NOT NULL,
    put_id uuid NOT NULL,
    due double precision NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    lease uuid,
    leased_until double precision NOT NULL DEFAULT 0,
    reason text,                   -- why it is dead
    died_at double precision,
    PRIMARY KEY (queue, id)
);
CREATE INDEX jobs_unfinished ON jobs (queue, place) WHERE reason IS NULL;
CREATE INDEX jobs_of_group ON jobs (queue, group_name, place) WHERE reason IS NULL AND group_name <> '';
CREATE INDEX jobs_leased ON jobs (queue, group_name) WHERE lease IS NOT NULL;

-- Every name by which a job is known: without a time while the job is there, with one once it is settled.
CREATE TABLE job_names (
    queue text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    forget_at double precision,
    PRIMARY KEY (queue, name)
);
CREATE INDEX job_names_forgotten ON job_names (forget_at) WHERE forget_at IS NOT NULL;

-- A change of these functions gets a new number, so that two releases can run on one schema.

CREATE FUNCTION put_job_1(
    its_queue text, its_id text, its_group text, its_names text[], its_keys text[],
    its_payload jsonb, its_due double precision, its_put_id uuid
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    present double precision := date_part('epoch', clock_timestamp());
BEGIN
    BEGIN
        DELETE FROM job_names WHERE queue = its_queue AND name = ANY (its_names) AND forget_at <= present;
        INSERT INTO job_names (queue, name) SELECT its_queue, unnest(its_names);
        INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due)
        VALUES (its_queue, its_id, its_group, its_keys, its_payload, present, its_put_id, its_due);
    EXCEPTION WHEN unique_violation THEN
        RETURN EXISTS (SELECT FROM jobs WHERE queue = its_queue AND id = its_id AND put_id = its_put_id);
    END;
    PERFORM pg_notify('bridge_jobs', current_schema() || '/' || its_queue);
    RETURN true;
END
$$;

-- One caller at a time looks for jobs, in one call: otherwise two could each take a job of the same group, neither
-- seeing the other's; and a caller that stops cannot keep the others waiting.
CREATE FUNCTION lease_jobs_1(its_queue text, most integer, seconds double precision)
RETURNS SETOF jobs LANGUAGE plpgsql AS $$
DECLARE
    present double precision;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('lease ' || current_schema() || '/' || its_queue, 0));
    present := date_part('epoch', clock_timestamp());
    RETURN QUERY
    WITH chosen AS (
        SELECT candidate.queue, candidate.id
        FROM jobs AS candidate
        WHERE candidate.queue = its_queue AND candidate.reason IS NULL
          AND candidate.due <= present AND candidate.leased_until <= present
          AND (candidate.group_name = '' OR NOT EXISTS (
              SELECT FROM jobs AS earlier
              WHERE earlier.queue = its_queue AND earlier.reason IS NULL AND earlier.group_name <> ''
                AND earlier.group_name = candidate.group_name AND earlier.place < candidate.place
          ))
          AND (candidate.group_name = '' OR NOT EXISTS (
              SELECT FROM jobs AS running
              WHERE running.queue = its_queue AND running.lease IS NOT NULL
                AND running.group_name = candidate.group_name AND running.leased_until > present
          ))
        ORDER BY candidate.place
        LIMIT most
        FOR UPDATE SKIP LOCKED
    ), leased AS (
        UPDATE jobs
        SET attempts = jobs.attempts + 1, lease = gen_random_uuid(), leased_until = present + seconds
        FROM chosen
        WHERE jobs.queue = chosen.queue AND jobs.id = chosen.id
        RETURNING jobs.*
    )
    SELECT * FROM leased ORDER BY leased.place;
END
$$;
