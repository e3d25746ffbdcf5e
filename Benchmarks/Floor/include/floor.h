#ifndef CONCORD_FLOOR_H
#define CONCORD_FLOOR_H

#include <stdint.h>

// What Concord is held against within SQLite. Every function gives 0, or SQLite's error code.

// Rows of text: `ids` holds 16 bytes for each row, `values` a C string for each field of each row.
typedef struct {
  const uint8_t *ids;
  const char *const *values;
  int rows;
  int fields;
} floor_rows;

// Inserts all rows into a new file in one transaction: WAL, synchronous=FULL.
int floor_insert(const char *path, const floor_rows *rows, double *seconds);

typedef struct {
  double extract_seconds;
  double apply_seconds;
  int64_t bytes;
} floor_changeset;

// Records the insertion of all rows with the session extension, extracts the changeset and applies it
// to another new file.
int floor_session(
    const char *source, const char *target, const floor_rows *rows, floor_changeset *result);

// A connection that only reads, with one statement that gives a number.
typedef struct floor_watch floor_watch;
int floor_watch_open(const char *path, const char *sql, floor_watch **watch);
// The number now; negative where it cannot be read.
int64_t floor_watch_number(floor_watch *watch);
void floor_watch_close(floor_watch *watch);

// How often a value of the benchmark's data (its marker and eight digits) stands in a file's bytes;
// negative where the file cannot be read.
int64_t floor_markers(const char *path);

#endif
