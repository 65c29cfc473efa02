-- get --
SELECT key, value, version
FROM records
WHERE collection = %(table)s AND key = %(key)s
  AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))

-- put --
INSERT INTO records AS present (collection, key, value, version, tags, expires_at, write_id)
VALUES (%(table)s, %(key)s, %(value)s::jsonb, 1, %(tags)s::text[], %(expires_at)s, %(write_id)s)
ON CONFLICT (collection, key) DO UPDATE
SET value = EXCLUDED.value, tags = EXCLUDED.tags, expires_at = EXCLUDED.expires_at, write_id = EXCLUDED.write_id,
    version = CASE
        WHEN present.write_id = EXCLUDED.write_id THEN present.version
        WHEN present.expires_at <= date_part('epoch', now()) THEN 1
        ELSE present.version + 1
    END
RETURNING key, value, version

-- create --
INSERT INTO records AS present (collection, key, value, version, tags, expires_at, write_id)
VALUES (%(table)s, %(key)s, %(value)s::jsonb, 1, %(tags)s::text[], %(expires_at)s, %(write_id)s)
ON CONFLICT (collection, key) DO UPDATE
SET value = EXCLUDED.value, tags = EXCLUDED.tags, expires_at = EXCLUDED.expires_at, write_id = EXCLUDED.write_id,
    version = 1
WHERE present.expires_at <= date_part('epoch', now()) OR present.write_id = EXCLUDED.write_id
RETURNING key, value, version

-- replace --
UPDATE records
SET value = %(value)s::jsonb, tags = %(tags)s::text[], expires_at = %(expires_at)s, write_id = %(write_id)s,
    version = %(version)s + 1
WHERE collection = %(table)s AND key = %(key)s
  AND (
      write_id = %(write_id)s
      OR version = %(version)s AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))
  )
RETURNING key, value, version

-- take --
DELETE FROM records
WHERE collection = %(table)s AND key = %(key)s
RETURNING key, value, version, coalesce(expires_at > date_part('epoch', now()), true) AS live

-- get_all --
SELECT key, value, version
FROM records
WHERE collection = %(table)s AND key = ANY (%(keys)s::text[])
  AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))

-- put_all --
INSERT INTO records AS present (collection, key, value, version, tags, expires_at, write_id)
SELECT %(table)s, one.key, one.value, 1, one.tags, one.expires_at, %(write_id)s
FROM jsonb_to_recordset(%(records)s::jsonb)
    AS one (key text, value jsonb, tags text[], expires_at double precision)
ORDER BY one.key COLLATE "C"
ON CONFLICT (collection, key) DO UPDATE
SET value = EXCLUDED.value, tags = EXCLUDED.tags, expires_at = EXCLUDED.expires_at, write_id = EXCLUDED.write_id,
    version = CASE
        WHEN present.write_id = EXCLUDED.write_id THEN present.version
        WHEN present.expires_at <= date_part('epoch', now()) THEN 1
        ELSE present.version + 1
    END

-- find --
SELECT key, value, version
FROM records  -- a tag has its collection in front; if asked for that besides, PostgreSQL may read all of it
WHERE tags @> ARRAY[%(tag)s::text] AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))
ORDER BY key

-- find_each --
SELECT asked.place, found.key, found.value, found.version
FROM unnest(%(tags)s::text[]) WITH ORDINALITY AS asked (tag, place)
CROSS JOIN LATERAL (
    SELECT key, value, version
    FROM records
    WHERE tags @> ARRAY[asked.tag] AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))
    OFFSET 0
) AS found
ORDER BY asked.place, found.key

-- page --
SELECT key, value, version
FROM records
WHERE collection = %(table)s AND key > %(after)s
  AND (expires_at IS NULL OR expires_at > date_part('epoch', now()))
ORDER BY key
LIMIT %(limit)s

-- count --
SELECT count(*) AS count FROM records WHERE collection = %(table)s

-- sweep --
WITH records_gone AS (
    DELETE FROM records
    WHERE (collection, key) IN (
        SELECT collection, key FROM records WHERE expires_at <= date_part('epoch', now()) LIMIT 2000
    ) AND expires_at <= date_part('epoch', now())
    RETURNING 1
), names_gone AS (
    DELETE FROM job_names
    WHERE (queue, name) IN (
        SELECT queue, name FROM job_names WHERE forget_at <= date_part('epoch', now()) LIMIT 2000
    ) AND forget_at <= date_part('epoch', now())
    RETURNING 1
)
SELECT (SELECT count(*) FROM records_gone) + (SELECT count(*) FROM names_gone) AS count

-- ping --
SELECT nextval('job_places')
