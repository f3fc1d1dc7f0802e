// The program that runtime tests put into a container: static, so that the root needs nothing else.
//
// `helper id -- caps -- exit 3` runs one command after another; each prints one thing in one stable form.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *error_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "E?";
}

static void result(long value) { puts(value < 0 ? error_name(errno) : "ok"); }

static void print_file(const char *path) {
  int descriptor = open(path, O_RDONLY);
  if (descriptor < 0) {
    puts(error_name(errno));
    return;
  }
  char buffer[65536];
  ssize_t count;
  fflush(stdout);
  while ((count = read(descriptor, buffer, sizeof buffer)) > 0)
    if (write(1, buffer, (size_t)count) < 0) exit(99);
  if (count < 0) puts(error_name(errno));
  close(descriptor);
}

static void print_status_lines(const char *prefix) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[512];
  if (!file) {
    puts(error_name(errno));
    return;
  }
  while (fgets(line, sizeof line, file))
    if (strncmp(line, prefix, strlen(prefix)) == 0) fputs(line, stdout);
  fclose(file);
}

static void print_id(void) {
  gid_t groups[64];
  int count = getgroups(64, groups);
  printf("uid=%d gid=%d groups=", getuid(), getgid());
  for (int i = 0; i < count; i++) printf("%s%d", i ? "," : "", groups[i]);
  printf("\n");
}

static void print_rlimit(const char *name) {
  static const struct {
    const char *name;
    int number;
  } limits[] = {{"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},     {"core", RLIMIT_CORE},
                {"stack", RLIMIT_STACK},   {"memlock", RLIMIT_MEMLOCK}, {"as", RLIMIT_AS}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    if (strcmp(limits[i].name, name) != 0) continue;
    struct rlimit limit;
    getrlimit(limits[i].number, &limit);
    printf("%s %llu %llu\n", name, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
  }
}

static void print_stat(const char *path) {
  struct stat status;
  if (lstat(path, &status) < 0) {
    puts(error_name(errno));
    return;
  }
  printf(
    "%o %d:%d %u:%u\n", status.st_mode, status.st_uid, status.st_gid, major(status.st_rdev), minor(status.st_rdev));
}

static void list(const char *path) {
  DIR *directory = opendir(path);
  if (!directory) {
    puts(error_name(errno));
    return;
  }
  struct dirent *entry;
  while ((entry = readdir(directory)))
    if (entry->d_name[0] != '.') puts(entry->d_name);
  closedir(directory);
}

// Descriptors above 2 that were inherited, with what they are.
static void print_descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  if (!directory) return;
  struct dirent *entry;
  while ((entry = readdir(directory))) {
    int number = atoi(entry->d_name);
    if (number <= 2 || number == dirfd(directory)) continue;
    char target[256] = "";
    if (readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1) < 0) strcpy(target, "?");
    printf("%d %s\n", number, target);
  }
  closedir(directory);
  puts("end");
}

static int process_count(char wanted) {
  DIR *directory = opendir("/proc");
  struct dirent *entry;
  int count = 0;
  while (directory && (entry = readdir(directory))) {
    char path[300], line[512], *end, state = 0;
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
    FILE *file = fopen(path, "r");
    if (!file) continue;
    if (fgets(line, sizeof line, file) && (end = strrchr(line, ')'))) state = end[2];
    fclose(file);
    if (!wanted || state == wanted) count++;
  }
  if (directory) closedir(directory);
  return count;
}

static void eat(size_t mebibytes) {
  for (size_t i = 0; i < mebibytes; i++) {
    char *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      puts(error_name(errno));
      return;
    }
    memset(memory, (int)i + 1, 1 << 20);
  }
  puts("ate");
}

static void forks(int wanted) {
  pid_t children[4096];
  int made = 0, failure = 0;
  for (; made < wanted && made < 4096; made++) {
    pid_t child = fork();
    if (child < 0) {
      failure = errno;
      break;
    }
    if (child == 0) {
      pause();
      _exit(0);
    }
    children[made] = child;
  }
  for (int i = 0; i < made; i++) {
    kill(children[i], SIGKILL);
    waitpid(children[i], NULL, 0);
  }
  printf("forked %d %s\n", made, failure ? error_name(failure) : "ok");
}

static void try_call(const char *name) {
  if (strcmp(name, "mount") == 0) result(mount("none", "/tmp", "tmpfs", 0, NULL));
  else if (strcmp(name, "remount-proc-sys") == 0) result(mount(NULL, "/proc/sys", NULL, MS_REMOUNT | MS_BIND, NULL));
  else if (strcmp(name, "umount-proc-keys") == 0) result(umount("/proc/keys"));
  else if (strcmp(name, "unshare-user") == 0) result(unshare(CLONE_NEWUSER));
  else if (strcmp(name, "sethostname") == 0) result(sethostname("x", 1));
  else if (strcmp(name, "chroot") == 0) result(chroot("/"));
  else if (strcmp(name, "keyctl") == 0) result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  else if (strcmp(name, "bpf") == 0) result(syscall(SYS_bpf, 0, NULL, 0));
  else if (strcmp(name, "kexec") == 0) result(syscall(SYS_kexec_load, 0, 0, NULL, 0));
  else if (strcmp(name, "getpid") == 0) result(getpid());
  else if (strcmp(name, "ptrace") == 0) result(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
  else if (strcmp(name, "setuid0") == 0) result(setuid(0));
  else if (strcmp(name, "mkdir") == 0) result(mkdir("/forbidden", 0700));
  else puts("unknown call");
}

static void print_terminal(void) {
  struct winsize size = {0};
  ioctl(0, TIOCGWINSZ, &size);
  char name[128] = "none";
  ttyname_r(0, name, sizeof name);
  printf("%d%d%d %s %ux%u\n", isatty(0), isatty(1), isatty(2), name, size.ws_col, size.ws_row);
  int controlling = open("/dev/tty", O_RDWR);
  printf("controlling %s\n", controlling < 0 ? error_name(errno) : "ok");
  if (controlling >= 0) close(controlling);
}

static void print_interfaces(void) {
  struct if_nameindex *interfaces = if_nameindex();
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  for (struct if_nameindex *item = interfaces; item && item->if_index; item++) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, item->if_name, IFNAMSIZ - 1);
    ioctl(descriptor, SIOCGIFFLAGS, &request);
    printf("%s %s\n", item->if_name, request.ifr_flags & IFF_UP ? "up" : "down");
  }
  close(descriptor);
}

static volatile sig_atomic_t received;
static void on_signal(int number) { received = number; }

static void wait_for_signal(void) {
  for (int number = 1; number < 32; number++) signal(number, on_signal);
  puts("ready");
  fflush(stdout);
  while (!received) pause();
  printf("got %d\n", received);
}

// A grandchild that outlives its parent and ends: pid 1's to reap.
static void orphan(void) {
  pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      usleep(20000);
      _exit(0);
    }
    _exit(0);
  }
  waitpid(child, NULL, 0);
  usleep(200000);
  printf("zombies %d\n", process_count('Z'));
}

static void print_signal_state(void) {
  print_status_lines("SigBlk");
  print_status_lines("SigIgn");
}

static void print_link(const char *path) {
  char target[4096];
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) {
    puts(error_name(errno));
    return;
  }
  target[length] = 0;
  puts(target);
}

static int run(int count, char **arguments) {
  const char *command = arguments[0];
  const char *first = count > 1 ? arguments[1] : "";
  const char *second = count > 2 ? arguments[2] : "";
#define IS(name) (strcmp(command, name) == 0)
  if (IS("id")) print_id();
  else if (IS("caps")) print_status_lines("Cap");
  else if (IS("status")) print_status_lines(first);
  else if (IS("rlimit")) print_rlimit(first);
  else if (IS("mounts")) print_file("/proc/self/mountinfo");
  else if (IS("read")) print_file(first);
  else if (IS("stat")) print_stat(first);
  else if (IS("ls")) list(first);
  else if (IS("link")) print_link(first);
  else if (IS("fds")) print_descriptors();
  else if (IS("processes")) printf("%d\n", process_count(0));
  else if (IS("eat")) eat((size_t)atoi(first));
  else if (IS("forks")) forks(atoi(first));
  else if (IS("try")) try_call(first);
  else if (IS("tty")) print_terminal();
  else if (IS("interfaces")) print_interfaces();
  else if (IS("signal")) wait_for_signal();
  else if (IS("signal-state")) print_signal_state();
  else if (IS("orphan")) orphan();
  else if (IS("pid")) printf("%d %d\n", getpid(), getppid());
  else if (IS("session")) printf("%s\n", getsid(0) == getpid() ? "leader" : "member");
  else if (IS("umask")) {
    mode_t mask = umask(0);
    umask(mask);
    printf("%04o\n", mask);
  } else if (IS("cwd")) {
    char path[4096];
    puts(getcwd(path, sizeof path) ? path : error_name(errno));
  } else if (IS("hostname")) {
    struct utsname names;
    uname(&names);
    printf("%s %s\n", names.nodename, names.domainname);
  } else if (IS("env")) {
    const char *value = getenv(first);
    puts(value ? value : "unset");
  } else if (IS("open")) {
    int flags = strcmp(second, "w") == 0 ? O_WRONLY : strcmp(second, "rw") == 0 ? O_RDWR : O_RDONLY;
    int descriptor = open(first, flags | O_NONBLOCK | O_NOCTTY);
    result(descriptor);
    if (descriptor >= 0) close(descriptor);
  } else if (IS("write")) {
    int descriptor = open(first, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t written = descriptor < 0 ? -1 : write(descriptor, second, strlen(second));
    result(written);
    if (descriptor >= 0) close(descriptor);
  } else if (IS("mknod")) {
    result(mknod(first, S_IFCHR | 0600, makedev(1, 3)));
  } else if (IS("echo")) {
    char buffer[65536];
    ssize_t size;
    fflush(stdout);
    while ((size = read(0, buffer, sizeof buffer)) > 0)
      if (write(1, buffer, (size_t)size) != size) return 99;
  } else if (IS("say")) {
    puts(first);
  } else if (IS("complain")) {
    fflush(stdout);
    fprintf(stderr, "%s\n", first);
  } else if (IS("sleep")) {
    fflush(stdout);
    usleep((useconds_t)atoi(first) * 1000);
  } else if (IS("exit")) {
    fflush(stdout);
    exit(atoi(first));
  } else if (IS("abort")) {
    fflush(stdout);
    raise(atoi(first) ? atoi(first) : SIGABRT);
  } else {
    printf("unknown command %s\n", command);
    return 98;
  }
  fflush(stdout);
  return 0;
}

int main(int argc, char **argv) {
  int start = 1;
  while (start < argc) {
    int end = start;
    while (end < argc && strcmp(argv[end], "--") != 0) end++;
    if (end > start) {
      int code = run(end - start, argv + start);
      if (code) return code;
    }
    start = end + 1;
  }
  return 0;
}
