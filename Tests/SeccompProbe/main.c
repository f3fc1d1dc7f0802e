// seccomp-probe FILTER: installs the program in FILTER and makes the system calls that standard input lists, one a line
// as up to seven numbers (number, arguments), each in a child of its own. Prints one line for each: the errno, 0 for
// success, -1 when the child was killed.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sock_filter program[4096];

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  if (file < 0) return 2;
  ssize_t size = read(file, program, sizeof program);
  if (size <= 0 || size % sizeof program[0] != 0) return 3;
  struct sock_fprog filter = {.len = (unsigned short)(size / sizeof program[0]), .filter = program};

  char line[512];
  while (fgets(line, sizeof line, stdin)) {
    long values[7] = {0};
    char *rest = line;
    for (int i = 0; i < 7; i++) values[i] = (long)strtoul(rest, &rest, 0);
    pid_t child = fork();
    if (child == 0) {
      if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) _exit(250);
      if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) != 0) _exit(251);
      long result = syscall(values[0], values[1], values[2], values[3], values[4], values[5], values[6]);
      _exit(result < 0 ? errno : 0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    fflush(stdout);
  }
  return 0;
}
