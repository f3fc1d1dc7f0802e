/// System calls that are younger than the libseccomp of some supported distributions (2.5.4 knows those up to Linux 5.17).
///
/// Since Linux 5.1 a new system call has one number on every architecture that this engine runs on
/// (include/uapi/asm-generic/unistd.h).
enum SystemCallNumbers {
  static let young: [String: UInt32] = [
    "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
    "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460,
    "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465,
    "removexattrat": 466,
  ]
}
