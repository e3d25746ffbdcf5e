#ifndef CSQLITE_SHIM_H
#define CSQLITE_SHIM_H

/* As sqlite3.h has it, which GRDB imports under another name. Swift calls no C function of variable arguments. */
extern int sqlite3_config(int, ...);

/* SQLITE_CONFIG_MEMSTATUS off: 0 (SQLITE_OK), or 21 (SQLITE_MISUSE) where SQLite is in use already. */
static inline int csqlite_leave_memory_uncounted(void) {
  return sqlite3_config(9, 0);
}

#endif
