-- Replicas keep records of these tables in memory (bot/storage/cache.py, which names them too). Triggers tell
-- them of each change, so that those of the previous release and of an admin are announced as well.

CREATE FUNCTION announce_record_4() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify(
        'bridge_records',
        TG_TABLE_SCHEMA || '/' || coalesce(NEW.collection, OLD.collection) || '/' || coalesce(NEW.key, OLD.key)
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER record_written AFTER INSERT OR UPDATE ON records
FOR EACH ROW WHEN (NEW.collection IN ('grants', 'gone_conversations')) EXECUTE FUNCTION announce_record_4();
CREATE TRIGGER record_gone AFTER DELETE ON records
FOR EACH ROW WHEN (OLD.collection IN ('grants', 'gone_conversations')) EXECUTE FUNCTION announce_record_4();
