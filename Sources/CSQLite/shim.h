// Debian's SQLite, with plain functions for its variadic functions and macros, which Swift cannot call.
#pragma once
#include <sqlite3.h>

static inline int drumbeat_sqlite_db_config_flag(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}

// SQLITE_TRANSIENT is -1 cast to a function pointer, which Swift does not import.
static inline int drumbeat_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

static inline int drumbeat_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int length) {
    return sqlite3_bind_blob(statement, index, bytes, length, SQLITE_TRANSIENT);
}
