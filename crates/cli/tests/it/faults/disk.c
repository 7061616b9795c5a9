/* Faults of a disk and of a clock, for tests: loaded into a process before the C library (LD_PRELOAD), and into
 * every process that it starts.
 *
 * It counts the calls that change files below a folder and makes one of them fail. The count is kept in a small
 * file that all processes map, so that a run and the processes of its trials share it.
 *
 *   FAULT_FOLDER   the folder: a whole path without links
 *   FAULT_COUNTER  a file of 4,096 bytes for the counts: calls that change files, calls that read the clock
 *   FAULT_LOG      a file that gets a line per call: its number, what it is, the file
 *   FAULT_AT       the number of the call that fails, from 1; without it none does
 *   FAULT_ERRNO    how it fails
 *   FAULT_LASTS    if it is there, all later calls fail too; ENOSPC only those that need room
 *   FAULT_LOCKS    if it is there, no file can be locked: the errno of such a call
 *   FAULT_LINKS    if it is there, no file can have a second name: the errno of such a call
 *   FAULT_CLOCK_AT the number of the call from which on the clock says an hour less
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const char *folder;
static atomic_ulong *counts;
static int log_file = -1;
static unsigned long fails_at, clock_at;
static int error_number, lasts, locks, links;

static unsigned long number(const char *name) {
  const char *text = getenv(name);
  return text ? strtoul(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *counter = getenv("FAULT_COUNTER"), *log = getenv("FAULT_LOG");
  fails_at = number("FAULT_AT");
  clock_at = number("FAULT_CLOCK_AT");
  error_number = (int)number("FAULT_ERRNO");
  lasts = getenv("FAULT_LASTS") != NULL;
  locks = (int)number("FAULT_LOCKS");
  links = (int)number("FAULT_LINKS");
  if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (!counter) return;
  int file = (int)syscall(SYS_openat, AT_FDCWD, counter, O_RDWR | O_CLOEXEC);
  if (file < 0) abort();
  void *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
  if (mapped == MAP_FAILED) abort();
  counts = mapped;
  /* Last: before this nothing is counted. */
  folder = getenv("FAULT_FOLDER");
}

/* Puts the whole path into `whole`; returns whether it is below the folder. */
static int is_below(int base, const char *path, char whole[PATH_MAX]) {
  if (!folder || !path) return 0;
  size_t length = 0;
  if (path[0] != '/') {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", base);
    ssize_t found = syscall(SYS_readlinkat, AT_FDCWD, base == AT_FDCWD ? "/proc/self/cwd" : link, whole, PATH_MAX - 2);
    if (found < 0) return 0;
    length = (size_t)found;
    if (path[0]) whole[length++] = '/';
  }
  snprintf(whole + length, PATH_MAX - length, "%s", path);
  size_t prefix = strlen(folder);
  return strncmp(whole, folder, prefix) == 0 && (whole[prefix] == '/' || whole[prefix] == 0);
}

/* Counts a call; returns whether it is to fail. */
static int fails(const char *what, int base, const char *path, int needs_room) {
  int before = errno;
  char whole[PATH_MAX];
  if (!is_below(base, path, whole)) {
    errno = before;
    return 0;
  }
  unsigned long count = atomic_fetch_add(&counts[0], 1) + 1;
  int now = fails_at && (count == fails_at || (lasts && count > fails_at));
  if (now && count != fails_at && error_number == ENOSPC && !needs_room) now = 0;
  if (log_file >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%lu %s %s%s\n", count, what, whole, now ? " FAILS" : "");
    if (length > 0) syscall(SYS_write, log_file, line, (size_t)length);
  }
  errno = now ? error_number : before;
  return now;
}

/* The same of an open file. */
static int fails_on(const char *what, int file, int needs_room) { return fails(what, file, "", needs_room); }

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int writes(int flags) { return (flags & (O_CREAT | O_TRUNC)) || (flags & O_ACCMODE) != O_RDONLY; }

#define MODE(flags, last) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, last); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags, flags) \
    return writes(flags) && fails("open", AT_FDCWD, path, flags & O_CREAT) ? -1 : real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int base, const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags, flags) \
    return writes(flags) && fails("open", base, path, flags & O_CREAT) ? -1 : real(base, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

#define CREAT(name) \
  int name(const char *path, mode_t mode) { \
    REAL(name); \
    return fails("open", AT_FDCWD, path, 1) ? -1 : real(path, mode); \
  }
CREAT(creat)
CREAT(creat64)

#define STREAM(name) \
  FILE *name(const char *path, const char *mode) { \
    REAL(name); \
    return mode[0] != 'r' && fails("open", AT_FDCWD, path, 1) ? NULL : real(path, mode); \
  }
STREAM(fopen)
STREAM(fopen64)

ssize_t write(int file, const void *bytes, size_t count) {
  REAL(write);
  return fails_on("write", file, 1) ? -1 : real(file, bytes, count);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  REAL(writev);
  return fails_on("write", file, 1) ? -1 : real(file, parts, count);
}

#define PWRITE(name, offset) \
  ssize_t name(int file, const void *bytes, size_t count, offset at) { \
    REAL(name); \
    return fails_on("write", file, 1) ? -1 : real(file, bytes, count, at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t count, unsigned flags) {
  REAL(copy_file_range);
  return fails_on("write", to, 1) ? -1 : real(from, from_at, to, to_at, count, flags);
}

#define SENDFILE(name, offset) \
  ssize_t name(int to, int from, offset *at, size_t count); \
  ssize_t name(int to, int from, offset *at, size_t count) { \
    REAL(name); \
    return fails_on("write", to, 1) ? -1 : real(to, from, at, count); \
  }
SENDFILE(sendfile, off_t)
SENDFILE(sendfile64, off64_t)

#define TRUNCATE(name, offset) \
  int name(int file, offset length) { \
    REAL(name); \
    return fails_on("truncate", file, 0) ? -1 : real(file, length); \
  }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name) \
  int name(int file) { \
    REAL(name); \
    return fails_on("sync", file, 1) ? -1 : real(file); \
  }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
  REAL(rename);
  return fails("rename", AT_FDCWD, to, 0) ? -1 : real(from, to);
}

int renameat(int from_base, const char *from, int to_base, const char *to) {
  REAL(renameat);
  return fails("rename", to_base, to, 0) ? -1 : real(from_base, from, to_base, to);
}

int renameat2(int from_base, const char *from, int to_base, const char *to, unsigned flags) {
  REAL(renameat2);
  return fails("rename", to_base, to, 0) ? -1 : real(from_base, from, to_base, to, flags);
}

static int no_link(int base, const char *to) {
  char whole[PATH_MAX];
  if (!links || !is_below(base, to, whole)) return 0;
  errno = links;
  return 1;
}

int link(const char *from, const char *to) {
  REAL(link);
  return fails("link", AT_FDCWD, to, 1) || no_link(AT_FDCWD, to) ? -1 : real(from, to);
}

int linkat(int from_base, const char *from, int to_base, const char *to, int flags) {
  REAL(linkat);
  return fails("link", to_base, to, 1) || no_link(to_base, to) ? -1 : real(from_base, from, to_base, to, flags);
}

int symlink(const char *from, const char *to) {
  REAL(symlink);
  return fails("link", AT_FDCWD, to, 1) ? -1 : real(from, to);
}

int unlink(const char *path) {
  REAL(unlink);
  return fails("unlink", AT_FDCWD, path, 0) ? -1 : real(path);
}

int unlinkat(int base, const char *path, int flags) {
  REAL(unlinkat);
  return fails(flags & AT_REMOVEDIR ? "rmdir" : "unlink", base, path, 0) ? -1 : real(base, path, flags);
}

int rmdir(const char *path) {
  REAL(rmdir);
  return fails("rmdir", AT_FDCWD, path, 0) ? -1 : real(path);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  return fails("mkdir", AT_FDCWD, path, 1) ? -1 : real(path, mode);
}

int mkdirat(int base, const char *path, mode_t mode) {
  REAL(mkdirat);
  return fails("mkdir", base, path, 1) ? -1 : real(base, path, mode);
}

int flock(int file, int operation) {
  REAL(flock);
  char whole[PATH_MAX];
  if (locks && is_below(file, "", whole)) {
    errno = locks;
    return -1;
  }
  return real(file, operation);
}

/* A counted clock: an hour back from one call on. File times are the system's own. */
int clock_gettime(clockid_t clock, struct timespec *now) {
  REAL(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && clock == CLOCK_REALTIME && counts && clock_at) {
    if (atomic_fetch_add(&counts[1], 1) + 1 >= clock_at) now->tv_sec -= 3600;
  } else if (result == 0 && clock == CLOCK_REALTIME && counts) {
    atomic_fetch_add(&counts[1], 1);
  }
  return result;
}
