public import OCI

/// The profile of a container that asks for none: what Docker's default allows (moby/profiles, seccomp/default_linux.go),
/// with Docker's conditions on capabilities, architecture and kernel.
///
/// Everything that is not listed fails with EPERM. `io_uring_*` is left out as in Docker since 25. Of socket families
/// AF_VSOCK reaches other virtual machines whatever the network namespace, and AF_ALG opens the kernel's cryptography
/// to unprivileged code: both are refused.
public enum DefaultSeccompProfile {
  public static let profile = SeccompProfile(
    defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: notPermitted, archMap: architectures,
    syscalls: [
      allow(always),
      // ptrace could escape the filter before 4.8.
      allow("process_vm_readv process_vm_writev ptrace", includes: SeccompFilter(minKernel: "4.8")),
    ] + sockets + personalities + byArchitecture + byCapability)

  private static let always = """
    accept accept4 access adjtimex alarm bind brk cachestat capget capset chdir chmod chown chown32 clock_adjtime
    clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 clock_nanosleep
    clock_nanosleep_time64 close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1
    epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 execve execveat exit
    exit_group faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2
    fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat
    fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futex futex_requeue futex_time64 futex_wait
    futex_waitv futex_wake futimesat getcpu getcwd getdents getdents64 getegid getegid32 geteuid geteuid32 getgid
    getgid32 getgroups getgroups32 getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom
    getresgid getresgid32 getresuid getresuid32 getrlimit get_robust_list getrusage getsid getsockname getsockopt
    get_thread_area gettid gettimeofday getuid getuid32 getxattr getxattrat inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch io_cancel ioctl io_destroy io_getevents io_pgetevents io_pgetevents_time64
    ioprio_get ioprio_set io_setup io_submit ipc kill landlock_add_rule landlock_create_ruleset
    landlock_restrict_self lchown lchown32 lgetxattr link linkat listen listmount listxattr listxattrat llistxattr
    _llseek lremovexattr lseek lsetxattr lstat lstat64 madvise map_shadow_stack membarrier memfd_create memfd_secret
    mincore mkdir mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mprotect mq_getsetattr mq_notify mq_open
    mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink mremap mseal msgctl msgget
    msgrcv msgsnd msync munlock munlockall munmap name_to_handle_at nanosleep newfstatat _newselect open openat
    openat2 pause pidfd_open pidfd_send_signal pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll ppoll_time64
    prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 read
    readahead readlink readlinkat readv recv recvfrom recvmmsg recvmmsg_time64 recvmsg remap_file_pages removexattr
    removexattrat rename renameat renameat2 restart_syscall riscv_hwprobe rmdir rseq rt_sigaction rt_sigpending
    rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64
    rt_tgsigqueueinfo sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min
    sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr
    sched_setparam sched_setscheduler sched_yield seccomp select semctl semget semop semtimedop semtimedop_time64
    send sendfile sendfile64 sendmmsg sendmsg sendto setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32
    setgroups setgroups32 setitimer setpgid setpriority setregid setregid32 setresgid setresgid32 setresuid
    setresuid32 setreuid setreuid32 setrlimit set_robust_list setsid setsockopt set_thread_area set_tid_address
    setuid setuid32 setxattr setxattrat shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4
    sigprocmask sigreturn socketcall socketpair splice stat stat64 statfs statfs64 statmount statx symlink symlinkat
    sync sync_file_range syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
    timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime
    timerfd_settime64 times tkill truncate truncate64 ugetrlimit umask uname unlink unlinkat uretprobe utime
    utimensat utimensat_time64 utimes vfork vmsplice wait4 waitid waitpid write writev
    """

  /// Rules of one system call are alternatives: below AF_ALG (38), between, and above AF_VSOCK (40).
  private static let sockets = [
    allow("socket", argument(0, "SCMP_CMP_LT", 38)), allow("socket", argument(0, "SCMP_CMP_EQ", 39)),
    allow("socket", argument(0, "SCMP_CMP_GT", 40)),
  ]

  /// PER_LINUX, PER_LINUX32, UNAME26, PER_LINUX32 | UNAME26, and asking for the current one.
  private static let personalities = [0, 0x8, 0x20000, 0x20008, 0xFFFF_FFFF].map {
    allow("personality", argument(0, "SCMP_CMP_EQ", $0))
  }

  private static let byArchitecture = [
    allow("sync_file_range2 swapcontext", includes: SeccompFilter(arches: ["ppc64le"])),
    allow(
      "arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush set_tls",
      includes: SeccompFilter(arches: ["arm", "arm64"])),
    allow("arch_prctl", includes: SeccompFilter(arches: ["amd64", "x32"])),
    allow("modify_ldt", includes: SeccompFilter(arches: ["amd64", "x32", "x86"])),
    allow(
      "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr", includes: SeccompFilter(arches: ["s390", "s390x"])),
    allow("riscv_flush_icache", includes: SeccompFilter(arches: ["riscv64"])),
  ]

  private static let byCapability = [
    allow("open_by_handle_at", capability: "CAP_DAC_READ_SEARCH"),
    allow(
      """
      bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
      lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
      sethostname setns syslog umount umount2 unshare
      """, capability: "CAP_SYS_ADMIN"),
    // New namespaces only with CAP_SYS_ADMIN. The flags of clone3 lie behind a pointer, where a filter cannot look: with
    // ENOSYS the C library takes clone.
    SeccompProfileSyscall(
      names: ["clone"], action: "SCMP_ACT_ALLOW", args: [argument(0, "SCMP_CMP_MASKED_EQ", newNamespaces)],
      excludes: SeccompFilter(caps: ["CAP_SYS_ADMIN"], arches: ["s390", "s390x"])),
    SeccompProfileSyscall(
      names: ["clone"], action: "SCMP_ACT_ALLOW", args: [argument(1, "SCMP_CMP_MASKED_EQ", newNamespaces)],
      comment: "s390 has clone's parameters in another order",
      includes: SeccompFilter(arches: ["s390", "s390x"]), excludes: SeccompFilter(caps: ["CAP_SYS_ADMIN"])),
    SeccompProfileSyscall(
      names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: notImplemented,
      excludes: SeccompFilter(caps: ["CAP_SYS_ADMIN"])),
    allow("reboot", capability: "CAP_SYS_BOOT"),
    allow("chroot", capability: "CAP_SYS_CHROOT"),
    allow("delete_module init_module finit_module", capability: "CAP_SYS_MODULE"),
    allow("acct", capability: "CAP_SYS_PACCT"),
    allow(
      "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace", capability: "CAP_SYS_PTRACE"),
    allow("iopl ioperm", capability: "CAP_SYS_RAWIO"),
    allow("settimeofday stime clock_settime clock_settime64", capability: "CAP_SYS_TIME"),
    allow("vhangup", capability: "CAP_SYS_TTY_CONFIG"),
    allow("get_mempolicy mbind set_mempolicy set_mempolicy_home_node", capability: "CAP_SYS_NICE"),
    allow("syslog", capability: "CAP_SYSLOG"),
    allow("bpf", capability: "CAP_BPF"),
    allow("perf_event_open", capability: "CAP_PERFMON"),
  ]

  private static let architectures = [
    SeccompArchitecture(
      architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]),
    SeccompArchitecture(architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"]),
    SeccompArchitecture(architecture: "SCMP_ARCH_S390X", subArchitectures: ["SCMP_ARCH_S390"]),
    SeccompArchitecture(architecture: "SCMP_ARCH_PPC64LE"),
    SeccompArchitecture(architecture: "SCMP_ARCH_RISCV64"),
  ]

  private static let notPermitted: UInt32 = 1
  private static let notImplemented: UInt32 = 38
  /// CLONE_NEWNS | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET | NEWCGROUP.
  private static let newNamespaces: UInt64 = 0x7E02_0000

  private static func argument(_ index: UInt, _ comparison: String, _ value: UInt64) -> RuntimeSyscallArgument {
    RuntimeSyscallArgument(index: index, value: value, valueTwo: 0, op: comparison)
  }

  private static func allow(
    _ names: String, _ argument: RuntimeSyscallArgument? = nil, includes: SeccompFilter? = nil
  ) -> SeccompProfileSyscall {
    SeccompProfileSyscall(
      names: names.split(whereSeparator: \.isWhitespace).map(String.init), action: "SCMP_ACT_ALLOW",
      args: argument.map { [$0] } ?? [], includes: includes)
  }

  private static func allow(_ names: String, capability: String) -> SeccompProfileSyscall {
    allow(names, includes: SeccompFilter(caps: [capability]))
  }
}
