import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

@Suite("Mounts")
struct MountTests {
  @Test("bind mounts of directories and files, writable and read-only", arguments: RuntimeUnderTest.allCases)
  func binds(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let volume = fixture.directory + "/volume"
      try Directory.make(volume)
      try File.replace(volume + "/file", with: "content".utf8)
      fixture.spec.mounts += [
        RuntimeMount(destination: "/rw", type: "bind", source: volume, options: ["rbind", "rw"]),
        RuntimeMount(destination: "/ro", type: "bind", source: volume, options: ["rbind", "ro", "nosuid", "noexec"]),
        RuntimeMount(destination: "/deep/file", type: "bind", source: volume + "/file", options: ["bind", "ro"]),
      ]
      let outcome = try fixture.container(
        "write", "/rw/new", "x", "--", "write", "/ro/new", "x", "--", "read", "/deep/file", "--", "say", "", "--",
        "write",
        "/deep/file", "y", "--", "mounts")
      #expect(Array(outcome.lines.prefix(4)) == ["ok", "EROFS", "content", "EROFS"], "\(outcome)")
      #expect(outcome.lines.contains { $0.contains(" /ro ro,nosuid,noexec,") })
      #expect(try File.readText(volume + "/new") == "x")
    }
  }

  @Test("rro makes what lies below read-only too; ro alone does not")
  func recursiveReadOnly() throws {
    for (option, below) in [("ro", "ok"), ("rro", "EROFS")] {
      try Fixture.with { (fixture) throws in
        let volume = fixture.directory + "/volume"
        try Directory.makeAll(volume + "/sub")
        fixture.spec.mounts += [
          RuntimeMount(destination: "/outer", type: "tmpfs", source: "tmpfs"),
          RuntimeMount(destination: "/outer/sub", type: "tmpfs", source: "tmpfs"),
        ]
        // A volume with a mount in it, in a mount namespace of the test's own.
        let id = fixture.newID()
        fixture.spec.mounts.append(
          RuntimeMount(destination: "/v", type: "bind", source: volume, options: ["rbind", option]))
        fixture.spec.process?.args = ["/bin/helper", "write", "/v/a", "x", "--", "write", "/v/sub/a", "x"]
        try fixture.writeConfiguration()
        let command = fixture.runtime.command(["run", "--bundle", fixture.directory, id], root: fixture.stateRoot)
        let outcome = try Command.run(
          ["unshare", "--mount", "sh", "-c", "mount -t tmpfs none \(volume)/sub && exec \"$@\"", "sh"] + command,
          directory: fixture.directory)
        #expect(outcome.lines == ["EROFS", below], "\(option): \(outcome)")
      }
    }
  }

  @Test("tmpfs with its options", arguments: RuntimeUnderTest.allCases)
  func tmpfs(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.mounts.append(
        RuntimeMount(
          destination: "/scratch", type: "tmpfs", source: "tmpfs",
          options: ["size=1m", "mode=1700", "noexec", "nosuid", "nodev", "uid=5"]))
      let outcome = try fixture.container("stat", "/scratch", "--", "mounts")
      #expect(outcome.lines.first == "41700 5:0 0:0")
      #expect(
        outcome.lines.contains { $0.contains(" /scratch rw,nosuid,nodev,noexec,relatime") && $0.contains("size=1024k") }
      )
    }
  }

  @Test("unknown mount options are an error that names them")
  func unknownOption() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.mounts.append(
        RuntimeMount(destination: "/x", type: "tmpfs", source: "tmpfs", options: ["nonsense=1"]))
      let outcome = try fixture.container("id")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("nonsense=1"))
    }
  }

  @Test("mount points are made below links inside the root, never outside", arguments: RuntimeUnderTest.allCases)
  func linksStayInside(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      // /out -> ../../../../outside: inside the root that is /outside.
      let outside = fixture.directory + "/outside"
      try Directory.make(outside)
      try check(
        cl_symlinkat("../../../../../../../../../.." + outside, Int32(CL_AT_FDCWD), fixture.rootfs + "/out"), "symlink")
      fixture.spec.mounts.append(RuntimeMount(destination: "/out/made", type: "tmpfs", source: "tmpfs"))
      let outcome = try fixture.container("mounts")
      #expect(try Directory.names(outside).isEmpty)
      #expect(outcome.status != 0 || outcome.lines.contains { $0.contains(" \(outside)/made ") })
    }
  }

  @Test("overlays of many layers, with names longer than the new mount API takes", arguments: [false, true])
  func overlays(_ hasLongName: Bool) throws {
    try Fixture.with { (fixture) throws in
      var layers: [String] = []
      for number in 0..<60 {
        var layer = fixture.directory + "/layers/layer-with-a-rather-long-name-\(number)"
        if hasLongName, number == 7 {
          layer += "/" + [String](repeating: "deep-directory", count: 20).joined(separator: "/")
        }
        try Directory.makeAll(layer)
        try File.replace(layer + "/file-\(number)", with: "\(number)".utf8, mode: 0o644)
        try File.replace(layer + "/common", with: "\(number)".utf8, mode: 0o644)
        layers.append(layer)
      }
      for name in ["/upper", "/work"] { try Directory.make(fixture.directory + name) }
      fixture.spec.mounts.append(
        RuntimeMount(
          destination: "/merged", type: "overlay", source: "overlay",
          options: [
            "lowerdir=" + layers.joined(separator: ":"), "upperdir=" + fixture.directory + "/upper",
            "workdir=" + fixture.directory + "/work",
          ]))
      let outcome = try fixture.container(
        "read", "/merged/file-59", "--", "say", "", "--", "read", "/merged/file-7", "--", "say", "", "--", "read",
        "/merged/common", "--", "say", "", "--", "write", "/merged/new", "x")
      #expect(outcome.lines == ["59", "7", "0", "ok"], "\(outcome)")
      #expect(try File.readText(fixture.directory + "/upper/new") == "x")
    }
  }
}
