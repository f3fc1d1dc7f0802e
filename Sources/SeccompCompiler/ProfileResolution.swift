internal import LinuxSystem
public import OCI

extension SeccompProfile {
  /// The rules that apply to a container with these capabilities on this machine.
  ///
  /// A rule applies when everything it includes holds and nothing it excludes does; `archMap` becomes the machine's own
  /// architecture followed by those its kernel runs besides.
  /// - Parameter capabilities: names as `CAP_SYS_ADMIN`, the container's bounding set.
  public func resolved(
    capabilities: some Collection<String>, host: SeccompHost = .current
  ) throws(SeccompError) -> RuntimeSeccomp {
    if !architectures.isEmpty, !archMap.isEmpty {
      throw SeccompError("'architectures' and 'archMap' exclude each other: use one of them")
    }
    let held = Set(capabilities)
    var chosen = architectures
    if let entry = archMap.first(where: { $0.architecture == host.token }) {
      chosen = [entry.architecture] + entry.subArchitectures
    }
    var rules: [RuntimeSyscall] = []
    for (index, rule) in syscalls.enumerated() {
      if rule.name != nil, !rule.names.isEmpty {
        throw SeccompError("syscalls[\(index)]: 'name' and 'names' exclude each other: use 'names'")
      }
      let names = rule.name.map { [$0] } ?? rule.names
      if try applies(rule, index, held, host) {
        rules.append(RuntimeSyscall(names: names, action: rule.action, errnoRet: rule.errnoRet, args: rule.args))
      }
    }
    return RuntimeSeccomp(
      defaultAction: defaultAction, defaultErrnoRet: defaultErrnoRet, architectures: chosen, flags: flags,
      listenerPath: listenerPath, listenerMetadata: listenerMetadata, syscalls: rules)
  }

  private func applies(
    _ rule: SeccompProfileSyscall, _ index: Int, _ held: Set<String>, _ host: SeccompHost
  ) throws(SeccompError) -> Bool {
    if let excludes = rule.excludes {
      if excludes.arches.contains(host.architecture) { return false }
      if excludes.caps.contains(where: held.contains) { return false }
      if let kernel = try minimum(excludes, index), host.kernel >= kernel { return false }
    }
    if let includes = rule.includes {
      if !includes.arches.isEmpty, !includes.arches.contains(host.architecture) { return false }
      if !includes.caps.allSatisfy(held.contains) { return false }
      if let kernel = try minimum(includes, index), host.kernel < kernel { return false }
    }
    return true
  }

  private func minimum(_ filter: SeccompFilter, _ index: Int) throws(SeccompError) -> KernelVersion? {
    guard let text = filter.minKernel, !text.isEmpty else { return nil }
    guard let version = KernelVersion(text) else {
      throw SeccompError("syscalls[\(index)]: minKernel \"\(text)\" is no version such as \"4.8\"")
    }
    return version
  }
}
