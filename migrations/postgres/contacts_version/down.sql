-- Who still holds a version from before this cannot save it after the column comes back: all versions start anew, and an old one may match by
-- accident. So end the users' sessions first.
ALTER TABLE contacts DROP COLUMN version;
