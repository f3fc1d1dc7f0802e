import CLinux
import LinuxSystem
import OCI

/// Puts the container's root in place, in the container's own mount namespace only.
enum RootMount {
  /// Mounts `rootMounts`, or the root onto itself: pivot_root wants a mount point, and a read-only root must not be
  /// the host's mount.
  static func attach(_ configuration: ContainerConfiguration) throws -> SafePath {
    let rootfs = configuration.rootfs
    if configuration.rootMounts.isEmpty {
      let mount = try FileSystemMount.clone(rootfs, recursive: true)
      try FileSystemMount.attach(mount, on: try OwnedDescriptor.open(rootfs, [.path, .directory]), rootfs)
    }
    for mount in configuration.rootMounts {
      let options = try MountOptions(mount)
      if options.isBind {
        guard let source = mount.source else {
          throw RuntimeError(.invalidConfiguration, step: "root", "a bind mount of the root has no source")
        }
        let bound = try FileSystemMount.clone(source, recursive: options.isRecursiveBind)
        try options.apply(to: bound.rawValue, rootfs)
        try FileSystemMount.attach(bound, on: try OwnedDescriptor.open(rootfs, [.path, .directory]), rootfs)
      } else if mount.type == "overlay" {
        try OverlayMount.mount(on: rootfs, options: options)
      } else {
        let made = try FileSystemMount.make(type: mount.type ?? "", source: mount.source, options: options)
        try FileSystemMount.attach(made, on: try OwnedDescriptor.open(rootfs, [.path, .directory]), rootfs)
      }
    }
    return try SafePath(rootPath: rootfs)
  }
}
