-- records --
SELECT * FROM records WHERE id > :after AND (expires_at IS NULL OR expires_at > :now) ORDER BY id LIMIT :limit

-- jobs --
SELECT * FROM jobs WHERE place > :after ORDER BY place LIMIT :limit

-- names --
SELECT rowid, queue, name, forget_at FROM names WHERE rowid > :after AND forget_at > :now ORDER BY rowid LIMIT :limit

-- anything --
SELECT 1 FROM records UNION ALL SELECT 1 FROM names LIMIT 1
