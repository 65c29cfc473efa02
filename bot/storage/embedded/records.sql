-- get --
SELECT * FROM records
WHERE collection = :table AND key = :key AND (expires_at IS NULL OR expires_at > :now)

-- versions --
SELECT key, version FROM records
WHERE collection = :table AND key IN (SELECT value FROM json_each(:keys))
    AND (expires_at IS NULL OR expires_at > :now)

-- put --
INSERT INTO records (collection, key, value, version, tags, expires_at, checksum)
VALUES (:table, :key, :value, :version, :tags, :expires_at, :checksum)
ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value, version = excluded.version,
    tags = excluded.tags, expires_at = excluded.expires_at, checksum = excluded.checksum

-- delete --
DELETE FROM records WHERE collection = :table AND key = :key

-- find --
-- CROSS keeps SQLite from reading the whole table in order.
SELECT records.* FROM tags CROSS JOIN records USING (collection, key)
WHERE tags.collection = :table AND tag = :tag AND (expires_at IS NULL OR expires_at > :now)
ORDER BY tags.key

-- page --
SELECT * FROM records
WHERE collection = :table AND key > :after AND (expires_at IS NULL OR expires_at > :now)
ORDER BY key LIMIT :limit

-- count --
SELECT count(*) FROM records WHERE collection = :table

-- sweep --
DELETE FROM records WHERE id IN (
    SELECT id FROM records WHERE expires_at <= :now AND value IS NOT NULL LIMIT :limit
)

-- sweep_names --
DELETE FROM names WHERE rowid IN (SELECT rowid FROM names WHERE forget_at <= :now LIMIT :limit)

-- expired_files --
SELECT key FROM records WHERE collection = :table AND expires_at <= :now

-- files --
SELECT key, version FROM records WHERE collection = :table

-- written --
UPDATE records SET version = :version WHERE collection = :table AND key = :key

-- probe --
INSERT OR REPLACE INTO probe VALUES (1, :now)
