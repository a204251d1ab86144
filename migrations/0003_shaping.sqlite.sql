-- The entries that a start folds: those of the kinds that shape an incident (EntryKind.isShaping). An incident with a hundred
-- thousand notes starts as fast as one with none, and a note costs this index nothing.
CREATE INDEX entries_shaping ON entries (incident, seq)
WHERE kind NOT IN ('note', 'hypothesis', 'decision', 'todo');
