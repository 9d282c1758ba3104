/* Faults that no file system can be asked for, for LD_PRELOAD:
   FAULT_LOST_REPLY=ERRNO        the first rename to the place of an entry is done, and reported as failed
   FAULT_UNREADABLE=INODE:ERRNO  the file with this number cannot be opened for reading, whatever its name */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_place(const char *path) {
  const char *name = strrchr(path, '/');
  return name != NULL && strlen(name + 1) == 64 && strspn(name + 1, "0123456789abcdef") == 64;
}

int rename(const char *from, const char *to) {
  static int lost = 0;
  int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");
  const char *reply = getenv("FAULT_LOST_REPLY");
  int result = real(from, to);
  if (result == 0 && reply != NULL && !lost && is_place(to)) {
    lost = 1;
    errno = atoi(reply);
    return -1;
  }
  return result;
}

static int unless_unreadable(int fd, int flags) {
  const char *rule = getenv("FAULT_UNREADABLE");
  struct stat stats;
  if (fd < 0 || rule == NULL || (flags & O_ACCMODE) != O_RDONLY) return fd;
  if (fstat(fd, &stats) != 0 || stats.st_ino != strtoull(rule, NULL, 10)) return fd;
  close(fd);
  errno = atoi(strchr(rule, ':') + 1);
  return -1;
}

#define OPEN(name)                                                                                  \
  int name(const char *path, int flags, ...) {                                                      \
    int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
    va_list arguments;                                                                              \
    va_start(arguments, flags);                                                                     \
    mode_t mode = va_arg(arguments, mode_t);                                                        \
    va_end(arguments);                                                                              \
    return unless_unreadable(real(path, flags, mode), flags);                                       \
  }
OPEN(open)
OPEN(open64)
