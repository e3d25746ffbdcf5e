// For sqlite3.h to declare the session extension, which the system's library has.
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1

#include "floor.h"

#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_new(const char *path, int fields, sqlite3 **db) {
  unlink(path);
  int code = sqlite3_open(path, db);
  if (code) return code;
  code = sqlite3_exec(
      *db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;", 0, 0,
      0);
  if (code) return code;
  char sql[1024] = "CREATE TABLE sheet (id BLOB PRIMARY KEY NOT NULL";
  for (int field = 0; field < fields; field++) {
    char column[32];
    snprintf(column, sizeof column, ", f%d TEXT", field + 1);
    strcat(sql, column);
  }
  strcat(sql, ");");
  return sqlite3_exec(*db, sql, 0, 0, 0);
}

static int insert_all(sqlite3 *db, const floor_rows *rows) {
  char sql[256] = "INSERT INTO sheet VALUES (?";
  for (int field = 0; field < rows->fields; field++) strcat(sql, ", ?");
  strcat(sql, ")");
  sqlite3_stmt *insert = 0;
  int code = sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0);
  if (!code) code = sqlite3_prepare_v2(db, sql, -1, &insert, 0);
  for (int row = 0; row < rows->rows && !code; row++) {
    sqlite3_bind_blob(insert, 1, rows->ids + 16 * (size_t)row, 16, SQLITE_STATIC);
    for (int field = 0; field < rows->fields; field++) {
      const char *value = rows->values[(size_t)row * rows->fields + field];
      sqlite3_bind_text(insert, field + 2, value, -1, SQLITE_STATIC);
    }
    code = sqlite3_step(insert) == SQLITE_DONE ? sqlite3_reset(insert) : sqlite3_errcode(db);
  }
  sqlite3_finalize(insert);
  return code ? code : sqlite3_exec(db, "COMMIT", 0, 0, 0);
}

int floor_insert(const char *path, const floor_rows *rows, double *seconds) {
  sqlite3 *db = 0;
  int code = open_new(path, rows->fields, &db);
  double start = now();
  if (!code) code = insert_all(db, rows);
  *seconds = now() - start;
  // Closing moves the log into the file, so that its size is all that there is.
  sqlite3_close(db);
  return code;
}

static int keep_none(void *context, int conflict, sqlite3_changeset_iter *change) {
  (void)context, (void)conflict, (void)change;
  return SQLITE_CHANGESET_ABORT;
}

int floor_session(
    const char *source, const char *target, const floor_rows *rows, floor_changeset *result) {
  sqlite3 *from = 0, *to = 0;
  sqlite3_session *session = 0;
  void *changes = 0;
  int size = 0;
  int code = open_new(source, rows->fields, &from);
  if (!code) code = open_new(target, rows->fields, &to);
  if (!code) code = sqlite3session_create(from, "main", &session);
  if (!code) code = sqlite3session_attach(session, "sheet");
  if (!code) code = insert_all(from, rows);
  double start = now();
  if (!code) code = sqlite3session_changeset(session, &size, &changes);
  result->extract_seconds = now() - start;
  start = now();
  if (!code) code = sqlite3changeset_apply(to, size, changes, 0, keep_none, 0);
  result->apply_seconds = now() - start;
  result->bytes = size;
  sqlite3_free(changes);
  if (session) sqlite3session_delete(session);
  sqlite3_close(from);
  sqlite3_close(to);
  return code;
}

struct floor_watch {
  sqlite3 *db;
  sqlite3_stmt *statement;
};

int floor_watch_open(const char *path, const char *sql, floor_watch **watch) {
  floor_watch *opened = calloc(1, sizeof *opened);
  if (!opened) return SQLITE_NOMEM;
  int code = sqlite3_open_v2(path, &opened->db, SQLITE_OPEN_READWRITE, 0);
  if (!code) code = sqlite3_busy_timeout(opened->db, 5000);
  if (!code) code = sqlite3_prepare_v2(opened->db, sql, -1, &opened->statement, 0);
  if (code) {
    floor_watch_close(opened);
    opened = 0;
  }
  *watch = opened;
  return code;
}

int64_t floor_watch_number(floor_watch *watch) {
  int64_t number = -1;
  if (sqlite3_step(watch->statement) == SQLITE_ROW)
    number = sqlite3_column_int64(watch->statement, 0);
  sqlite3_reset(watch->statement);
  return number;
}

void floor_watch_close(floor_watch *watch) {
  if (!watch) return;
  sqlite3_finalize(watch->statement);
  sqlite3_close(watch->db);
  free(watch);
}

// `bs` and eight digits.
static int is_marker(const char *at) {
  if (at[0] != 'b' || at[1] != 's') return 0;
  for (int place = 2; place < 10; place++)
    if (!isdigit((unsigned char)at[place])) return 0;
  return 1;
}

int64_t floor_markers(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return -1;
  static char buffer[(1 << 20) + 16];
  size_t kept = 0, read;
  int64_t found = 0;
  while ((read = fread(buffer + kept, 1, 1 << 20, file)) > 0) {
    size_t length = kept + read, place = 0;
    for (; place + 10 <= length; place++) found += is_marker(buffer + place);
    kept = length - place;
    memmove(buffer, buffer + place, kept);
  }
  fclose(file);
  return found;
}
