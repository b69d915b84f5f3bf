-- The catalog of one client: which sets exist, what each holds, where the bytes lie.
-- Never edited after release; later changes are further numbered files.
-- "Open" is the largest integer: a row that is still true has last_set = 9223372036854775807.
-- Times are seconds and nanoseconds apart; *_ns alone is nanoseconds since 1970 by the server's clock.

-- Facts about the store itself, and the administrator's overrides.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_ns INTEGER NOT NULL
) STRICT;

-- The oldest age whose readers understand this catalog; a later script that makes them stumble raises it.
INSERT INTO settings VALUES ('readable_by', 1);

-- Sets that replace each other: those of one job, or of one choice of roots.
CREATE TABLE lineages (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    label TEXT NOT NULL
) STRICT;

-- One run's view of the tree. Numbers never come back.
CREATE TABLE backup_sets (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    format TEXT,                            -- the format that named it; NULL: named by hand
    lineage INTEGER NOT NULL REFERENCES lineages (id) ON DELETE RESTRICT,
    priority INTEGER NOT NULL,
    is_complete INTEGER NOT NULL DEFAULT 0,
    is_full INTEGER NOT NULL DEFAULT 0,
    is_locked INTEGER NOT NULL DEFAULT 0,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER,
    client_time_ns INTEGER NOT NULL,
    session TEXT NOT NULL,
    client_version TEXT NOT NULL,
    server_version TEXT NOT NULL,
    client_address TEXT NOT NULL,
    command_line BLOB NOT NULL,
    client_config BLOB NOT NULL,
    directories INTEGER NOT NULL DEFAULT 0,
    entries INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL DEFAULT 0,  -- plain bytes of its regular files
    new_files INTEGER NOT NULL DEFAULT 0,
    delta_files INTEGER NOT NULL DEFAULT 0,
    new_bytes INTEGER NOT NULL DEFAULT 0,   -- plain bytes of the contents it added
    stored_bytes INTEGER NOT NULL DEFAULT 0,
    received_bytes INTEGER NOT NULL DEFAULT 0,
    problems INTEGER NOT NULL DEFAULT 0,
    groups INTEGER NOT NULL DEFAULT 0,      -- commit groups so far, each with a manifest
    changed_files INTEGER NOT NULL DEFAULT 0,  -- files that had another content before
    gone_files INTEGER NOT NULL DEFAULT 0,  -- files that went away in directories that stayed
    sampled_files INTEGER NOT NULL DEFAULT 0,  -- contents whose bytes were looked at
    dense_files INTEGER NOT NULL DEFAULT 0, -- those that look like chance
    alarm INTEGER NOT NULL DEFAULT 0        -- 1: it looks like mass encryption, 2: somebody has seen that
) STRICT;

-- What the client of an encrypted backup has signed of each set it ever completed.
CREATE TABLE heads (
    sequence INTEGER PRIMARY KEY,
    backup_set INTEGER NOT NULL,            -- the set may have been removed since
    previous BLOB NOT NULL,
    facts BLOB NOT NULL,
    mac BLOB NOT NULL,
    total BLOB NOT NULL                     -- sum of what it shows, sealed; empty in classic stores
) STRICT;

CREATE TABLE tags (
    tag TEXT PRIMARY KEY,
    backup_set INTEGER NOT NULL REFERENCES backup_sets (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A file system, whatever its device number is today.
CREATE TABLE filesystems (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    key BLOB NOT NULL,
    inodes_stable INTEGER NOT NULL,
    ctime_trusted INTEGER NOT NULL,
    UNIQUE (type, key)
) STRICT;

-- A directory, wherever it is named. claim tells apart two places that show one inode.
CREATE TABLE directories (
    id INTEGER PRIMARY KEY,
    filesystem INTEGER REFERENCES filesystems (id) ON DELETE RESTRICT,
    inode INTEGER,                          -- NULL: the inode went to another directory
    claim INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX directories_identity ON directories (inode, filesystem, claim)
    WHERE inode IS NOT NULL;

-- "Every open row of this directory in [range_start, range_end) is whole, and is that listing."
CREATE TABLE fingerprints (
    directory INTEGER NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    range_start BLOB NOT NULL,              -- first name of the range; empty: from the beginning
    range_end BLOB,                         -- first name after the range; NULL: to the end
    count INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    PRIMARY KEY (directory, range_start)
) STRICT, WITHOUT ROWID;

-- Immutable bytes by the digest of the plain, whole file; the row says where they lie now.
CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,                   -- classic: MD5, then SHA-256; no other row has it
    size INTEGER NOT NULL,                  -- plain bytes
    stored INTEGER NOT NULL,                -- stored bytes, without record header
    codec INTEGER NOT NULL,
    cipher INTEGER NOT NULL DEFAULT 0,      -- 0, or 1: sealed pieces
    basis INTEGER REFERENCES contents (id) ON DELETE RESTRICT,
    chain INTEGER NOT NULL DEFAULT 0,       -- deltas between this and a whole copy, or more once one of them was stored whole
    pack INTEGER REFERENCES packs (number) ON DELETE RESTRICT,  -- NULL: a file of its own
    place INTEGER NOT NULL,                 -- offset in the pack, or the n of <digest>-n
    is_damaged INTEGER NOT NULL DEFAULT 0,
    added_set INTEGER NOT NULL,
    has_holes INTEGER NOT NULL DEFAULT 0    -- the digest is that of its extents and their bytes
) STRICT;
CREATE INDEX contents_digest ON contents (substr(digest, 1, 8));  -- finds one, with a third of the bytes
CREATE INDEX contents_basis ON contents (basis) WHERE basis IS NOT NULL;
CREATE INDEX contents_pack ON contents (pack, place);
CREATE INDEX contents_large ON contents (size) WHERE size > 131072;
CREATE INDEX contents_damaged ON contents (id) WHERE is_damaged = 1;

CREATE TABLE packs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    holds TEXT NOT NULL,                    -- contents or manifests
    length INTEGER NOT NULL                 -- committed bytes; a longer file has a dead tail
) STRICT;

-- Signatures that clients sent, of the newest versions of files.
CREATE TABLE signatures (
    content INTEGER PRIMARY KEY REFERENCES contents (id) ON DELETE CASCADE,
    pack INTEGER NOT NULL REFERENCES packs (number) ON DELETE RESTRICT,
    place INTEGER NOT NULL,                 -- offset in the pack
    stored INTEGER NOT NULL
) STRICT;
CREATE INDEX signatures_pack ON signatures (pack);

-- Representations that no row names any more, to be removed after the commit.
CREATE TABLE doomed (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    pack INTEGER,
    place INTEGER NOT NULL,
    stored INTEGER NOT NULL
) STRICT;

-- One object of one directory from first_set to last_set.
CREATE TABLE entries (
    directory INTEGER NOT NULL REFERENCES directories (id) ON DELETE RESTRICT,
    last_set INTEGER NOT NULL,
    name BLOB NOT NULL,
    first_set INTEGER NOT NULL,
    mode INTEGER NOT NULL,                  -- st_mode, kind included
    uid INTEGER NOT NULL,
    gid INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    filesystem INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    nlink INTEGER NOT NULL,
    rdev INTEGER NOT NULL,
    child INTEGER REFERENCES directories (id) ON DELETE RESTRICT,  -- of a directory that was entered
    content INTEGER REFERENCES contents (id) ON DELETE RESTRICT,   -- of a regular file
    target BLOB,                            -- of a symbolic link
    capture INTEGER NOT NULL DEFAULT 0,     -- what was looked for, bits: 1 extended attributes, 2 ACLs, 4 all namespaces
    xattrs BLOB,                            -- msgpack: (name, value) of each, ACLs and file flags among them; NULL: none
    mac BLOB,                               -- by which an encrypted modern backup proves the row; else NULL
    PRIMARY KEY (directory, last_set, name)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entries_first ON entries (directory, first_set, name);
CREATE INDEX entries_child ON entries (child) WHERE child IS NOT NULL;
CREATE INDEX entries_content ON entries (content) WHERE content IS NOT NULL;
CREATE INDEX entries_inode ON entries (inode) WHERE content IS NOT NULL AND size >= 65536;  -- what may be a delta's basis

-- Where a set begins: a path is in a set only below one of its roots.
CREATE TABLE roots (
    backup_set INTEGER NOT NULL REFERENCES backup_sets (number) ON DELETE CASCADE,
    path BLOB NOT NULL,                     -- as stored, from "/" or relative, no trailing "/"
    name BLOB,                              -- of a root that is no directory: its name in directory
    directory INTEGER NOT NULL REFERENCES directories (id) ON DELETE RESTRICT,
    ancestors BLOB NOT NULL,                -- msgpack: metadata from the top down to the root itself
    PRIMARY KEY (backup_set, path)
) STRICT, WITHOUT ROWID;

-- Entries that never compare as unchanged: racy, unread, changed, damaged.
CREATE TABLE unsettled (
    directory INTEGER NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    name BLOB NOT NULL,                     -- empty: the directory itself could not be listed
    why TEXT NOT NULL,
    since_set INTEGER NOT NULL,
    PRIMARY KEY (directory, name)
) STRICT, WITHOUT ROWID;

-- Directories whose row was closed and that nobody has opened elsewhere so far.
CREATE TABLE unlinked (
    directory INTEGER PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE
) STRICT;

-- Names behind the numbers, from one set to another.
CREATE TABLE owners (
    is_group INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_set INTEGER NOT NULL,
    last_set INTEGER NOT NULL,
    name BLOB NOT NULL,
    PRIMARY KEY (is_group, number, first_set)
) STRICT, WITHOUT ROWID;

-- Records from which names and sets are rebuilt when this catalog is lost.
CREATE TABLE manifests (
    backup_set INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    is_full INTEGER NOT NULL,
    pack INTEGER REFERENCES packs (number) ON DELETE RESTRICT,  -- NULL: a file, in classic stores
    place INTEGER NOT NULL,                 -- offset in the pack, or the n of <set>-<n>
    stored INTEGER NOT NULL,
    PRIMARY KEY (backup_set, is_full, sequence)
) STRICT, WITHOUT ROWID;
