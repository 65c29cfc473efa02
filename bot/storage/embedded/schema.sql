-- Times are Unix seconds, JSON is text. A flipped bit is noticed in every column: what `checksum` does not cover is
-- repeated in an index, and `PRAGMA integrity_check` compares the two.

CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    collection TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT,                 -- NULL: it is in a TinyDB file, of which this row is the index
    version INTEGER NOT NULL,   -- of such a file: when it was written, in nanoseconds
    tags TEXT NOT NULL,         -- a JSON list
    expires_at REAL,
    checksum INTEGER NOT NULL   -- of all the others
);
CREATE UNIQUE INDEX records_key ON records (collection, key);
CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE tags (collection TEXT NOT NULL, tag TEXT NOT NULL, key TEXT NOT NULL);
CREATE UNIQUE INDEX tags_key ON tags (collection, tag, key);
CREATE TRIGGER record_put AFTER INSERT ON records WHEN NEW.tags <> '[]' BEGIN
    INSERT INTO tags SELECT NEW.collection, value, NEW.key FROM json_each(NEW.tags);
END;
CREATE TRIGGER record_changed AFTER UPDATE OF tags ON records WHEN OLD.tags <> NEW.tags BEGIN
    DELETE FROM tags
    WHERE collection = OLD.collection AND key = OLD.key AND tag IN (SELECT value FROM json_each(OLD.tags));
    INSERT INTO tags SELECT NEW.collection, value, NEW.key FROM json_each(NEW.tags);
END;
CREATE TRIGGER record_gone AFTER DELETE ON records WHEN OLD.tags <> '[]' BEGIN
    DELETE FROM tags
    WHERE collection = OLD.collection AND key = OLD.key AND tag IN (SELECT value FROM json_each(OLD.tags));
END;

CREATE TABLE jobs (
    place INTEGER PRIMARY KEY,  -- jobs of a queue, and of a group, go in this order
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    group_name TEXT NOT NULL,
    keys TEXT NOT NULL,         -- a JSON list
    payload TEXT NOT NULL,
    put_at REAL NOT NULL,
    due REAL NOT NULL,
    since REAL NOT NULL,        -- from when on it waits: one that was never tried may be meant for later
    rests_until REAL NOT NULL,  -- 0, or when it may be leased: it is put off, or a worker has it
    head INTEGER NOT NULL,      -- no unfinished job of its group is before it
    attempts INTEGER NOT NULL,
    lease TEXT,                 -- void once another process opens the store
    reason TEXT,                -- why it is dead
    died_at REAL,
    checksum INTEGER NOT NULL   -- of queue, id, group_name, keys and payload
);
CREATE UNIQUE INDEX jobs_id ON jobs (queue, id);
CREATE INDEX jobs_unfinished ON jobs (queue, since, put_at, due, attempts) WHERE reason IS NULL;
CREATE INDEX jobs_ready ON jobs (queue, place) WHERE reason IS NULL AND head AND rests_until = 0;
CREATE INDEX jobs_resting ON jobs (rests_until, head) WHERE rests_until > 0;
CREATE INDEX jobs_leased ON jobs (queue, rests_until) WHERE lease IS NOT NULL;
CREATE INDEX jobs_of_group ON jobs (queue, group_name, place) WHERE reason IS NULL AND group_name <> '';
CREATE INDEX jobs_dead ON jobs (queue, id, reason, died_at, put_at, due, attempts) WHERE reason IS NOT NULL;
CREATE TRIGGER job_gone AFTER DELETE ON jobs BEGIN
    DELETE FROM names
    WHERE queue = OLD.queue AND forget_at IS NULL
        AND name IN (SELECT OLD.id UNION ALL SELECT value FROM json_each(OLD.keys));
END;
CREATE TRIGGER head_gone AFTER DELETE ON jobs WHEN OLD.head AND OLD.group_name <> '' AND OLD.reason IS NULL BEGIN
    UPDATE jobs SET head = 1 WHERE place = (
        SELECT min(place) FROM jobs
        WHERE queue = OLD.queue AND group_name = OLD.group_name AND reason IS NULL AND group_name <> ''
    );
END;
CREATE TRIGGER head_dead AFTER UPDATE OF reason ON jobs
WHEN OLD.head AND OLD.group_name <> '' AND OLD.reason IS NULL AND NEW.reason IS NOT NULL BEGIN
    UPDATE jobs SET head = 1 WHERE place = (
        SELECT min(place) FROM jobs
        WHERE queue = OLD.queue AND group_name = OLD.group_name AND reason IS NULL AND group_name <> ''
    );
END;

-- Every name by which a job is known: without a time while the job is there, with one once it is finished.
CREATE TABLE names (queue TEXT NOT NULL, name TEXT NOT NULL, forget_at REAL);
CREATE UNIQUE INDEX names_name ON names (queue, name);
CREATE INDEX names_forgotten ON names (forget_at) WHERE forget_at IS NOT NULL;

CREATE TABLE probe (id INTEGER PRIMARY KEY, at REAL NOT NULL);

PRAGMA user_version = 1;
