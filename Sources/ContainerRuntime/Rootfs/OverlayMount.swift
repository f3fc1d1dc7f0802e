import CLinux
import LinuxSystem

/// Overlays with any number of layers.
///
/// fsconfig takes strings up to 255 bytes and `lowerdir+` (one layer each) only since Linux 6.5 (6.8 for many of its
/// uses): both are tried, then mount(2), whose one page of options is kept small by naming directories by descriptor.
enum OverlayMount {
  /// Mounts on `target`, a directory of the current namespace.
  static func mount(on target: String, options: MountOptions) throws(SystemError) {
    do {
      let mount = try make(options)
      let place = try OwnedDescriptor.open(target, [.path, .directory])
      return try FileSystemMount.attach(mount, on: place, target)
    } catch {
      guard error.errno == .nameTooLong || error.errno == .invalid || error.errno == .notSupported else { throw error }
    }
    try mountByDescriptors(on: target, options: options)
  }

  private static func make(_ options: MountOptions) throws(SystemError) -> OwnedDescriptor {
    let tooLong = options.data.contains { $0.utf8.count - "lowerdir=".utf8.count > FileSystemMount.longestValue }
    if !tooLong { return try FileSystemMount.make(type: "overlay", source: "overlay", options: options) }
    var stepwise = options
    stepwise.data = options.data.flatMap { option in
      guard option.hasPrefix("lowerdir=") else { return [option] }
      return layers(String(option.dropFirst(9))).map { "lowerdir+=" + $0 }
    }
    return try FileSystemMount.make(type: "overlay", source: "overlay", options: stepwise)
  }

  private static func mountByDescriptors(on target: String, options: MountOptions) throws(SystemError) {
    var held = DescriptorList()
    func place(_ path: String) throws(SystemError) -> String {
      let directory = try OwnedDescriptor.open(path, [.path, .directory])
      let name = directory.procPath
      held.append(directory)
      return name
    }
    var data: [String] = []
    for option in options.data {
      if option.hasPrefix("lowerdir=") {
        var names: [String] = []
        for layer in layers(String(option.dropFirst(9))) { names.append(try place(layer)) }
        data.append("lowerdir=" + names.joined(separator: ":"))
      } else if option.hasPrefix("upperdir=") || option.hasPrefix("workdir="), let equals = option.firstIndex(of: "=") {
        data.append(option[...equals] + (try place(unescape(option[option.index(after: equals)...]))))
      } else {
        data.append(option)
      }
    }
    let text = data.joined(separator: ",")
    guard text.utf8.count < 4096 else {
      throw SystemError(operation: "mount overlay: too many layers", errno: .messageTooLong, path: target)
    }
    try Mount.mount("overlay", on: target, type: "overlay", data: text)
    let mounted = try OwnedDescriptor.open(target, [.path, .directory])
    try options.apply(to: mounted.rawValue, target)
    withExtendedLifetime(held) {}
  }

  /// Splits at `:`, where a backslash protects the next character (overlayfs.rst).
  static func layers(_ text: String) -> [String] {
    var layers: [String] = []
    var current = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        current.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == ":" {
        layers.append(current)
        current = ""
      } else {
        current.append(character)
      }
    }
    layers.append(current)
    return layers.filter { !$0.isEmpty }
  }

  private static func unescape(_ text: Substring) -> String {
    String(text.filter { $0 != "\\" })
  }
}
