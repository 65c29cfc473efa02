-- known --
SELECT name FROM names
WHERE queue = :queue AND name IN (SELECT value FROM json_each(:names)) AND (forget_at IS NULL OR forget_at > :now)

-- name --
INSERT OR REPLACE INTO names (queue, name, forget_at)
SELECT :queue, value, :forget_at FROM json_each(:names)

-- put --
INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, due, since, rests_until, head, attempts, reason,
    died_at, checksum)
VALUES (:queue, :id, :group, :keys, :payload, :put_at, :due, :since, :due,
    :group = '' OR :reason IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM jobs WHERE queue = :queue AND group_name = :group AND reason IS NULL AND group_name <> ''
    ), :attempts, :reason, :died_at, :checksum)

-- wake --
UPDATE jobs SET rests_until = 0 WHERE rests_until > 0 AND rests_until <= :now

-- ready --
SELECT * FROM jobs WHERE queue = :queue AND reason IS NULL AND head AND rests_until = 0 ORDER BY place LIMIT :limit

-- lease --
UPDATE jobs SET attempts = attempts + 1, since = put_at, lease = :lease, rests_until = :until WHERE place = :place

-- renew --
UPDATE jobs SET rests_until = :until WHERE queue = :queue AND id = :id AND lease = :lease

-- remember --
UPDATE names SET forget_at = :forget_at
WHERE queue = :queue AND name IN (SELECT value FROM json_each(:names))
    AND EXISTS (SELECT 1 FROM jobs WHERE queue = :queue AND id = :id AND lease = :lease)

-- done --
DELETE FROM jobs WHERE queue = :queue AND id = :id AND lease = :lease

-- retry --
UPDATE jobs SET lease = NULL, due = :due, rests_until = :due, payload = coalesce(:payload, payload),
    checksum = coalesce(:checksum, checksum)
WHERE queue = :queue AND id = :id AND lease = :lease

-- bury --
UPDATE jobs SET lease = NULL, rests_until = 0, reason = :reason, died_at = :now
WHERE queue = :queue AND id = :id AND lease = :lease

-- dead --
SELECT * FROM jobs WHERE queue = :queue AND id > :after AND reason IS NOT NULL ORDER BY id LIMIT :limit

-- revive --
UPDATE jobs SET reason = NULL, died_at = NULL, attempts = 0, put_at = :now, due = :now, since = :now,
    rests_until = 0, place = (SELECT max(place) + 1 FROM jobs),
    head = group_name = '' OR NOT EXISTS (
        SELECT 1 FROM jobs AS other
        WHERE other.queue = jobs.queue AND other.group_name = jobs.group_name AND other.reason IS NULL
            AND other.group_name <> ''
    )
WHERE queue = :queue AND id = :id AND reason IS NOT NULL

-- drop --
DELETE FROM jobs WHERE queue = :queue AND id = :id AND reason IS NOT NULL

-- drop_group --
DELETE FROM jobs
WHERE queue = :queue AND group_name = :group AND group_name <> '' AND reason IS NULL
    AND (lease IS NULL OR rests_until <= :now)

-- hasten --
UPDATE jobs SET due = :now, rests_until = 0, since = CASE attempts WHEN 0 THEN :now ELSE since END
WHERE queue = :queue AND group_name = :group AND group_name <> '' AND reason IS NULL
    AND (lease IS NULL OR rests_until <= :now) AND due > :now

-- unfinished --
-- Both at once would not use the order of the index.
SELECT count(*), (SELECT min(since) FROM jobs WHERE queue = :queue AND reason IS NULL) FROM jobs
WHERE queue = :queue AND reason IS NULL

-- leased --
SELECT count(*) FROM jobs WHERE queue = :queue AND lease IS NOT NULL AND rests_until > :now

-- number_dead --
SELECT count(*) FROM jobs WHERE queue = :queue AND reason IS NOT NULL

-- end_leases --
UPDATE jobs SET lease = NULL, rests_until = due WHERE lease IS NOT NULL
