"""Fields that a person fills in: from what was typed or picked to values, and back. Pure."""
