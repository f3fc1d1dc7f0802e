import CLinux
import LinuxSystem

/// Makes the container's root the root. After all mounts, which need the host's paths; pivot_root and not chroot, which
/// leaves the host's tree within reach of a descriptor or a second chroot.
enum PivotRoot {
  static func enter(_ root: borrowing SafePath, propagation: String?) throws {
    let old = try OwnedDescriptor.open("/", [.directory])
    try check(cl_fchdir(root.root.rawValue), "enter the root")
    // New root and old root on one place: no directory inside the image is needed or touched.
    try check(cl_pivot_root(".", "."), "pivot_root")
    try check(cl_fchdir(old.rawValue), "enter the old root")
    // The unmount must not travel back to the host.
    try Mount.mount(nil, on: ".", [.slave, .recursive])
    try Mount.unmount(".", detach: true, noFollow: false)
    try check(cl_chdir("/"), "chdir", "/")
    if let propagation, !propagation.isEmpty {
      try Mount.mount(nil, on: "/", try Propagation.propagationFlags(propagation))
    }
  }
}
