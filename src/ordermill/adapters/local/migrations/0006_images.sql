-- Pictures that were uploaded: what is seen in them, and which orders have them. due is when to look whether any does.
CREATE TABLE images (
    image_id TEXT PRIMARY KEY,
    due      INTEGER,
    body     BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX images_due ON images (due) WHERE due IS NOT NULL;
