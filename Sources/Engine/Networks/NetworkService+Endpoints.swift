import Addresses
import Drivers
import EngineAPI
import Glibc
import JSON
import LinuxSystem
import Logging
import Netlink
import Plans
import Synchronization

extension NetworkService {
  /// Claims addresses and asks the drivers for plans. Nothing in the kernel is touched; the intents are recorded.
  func prepare(_ container: ContainerRecord) async throws -> PreparedNetwork {
    let mode = container.hostConfig.networkMode ?? "bridge"
    let hostFile = (try? await pool.run { try File.readText("/etc/resolv.conf") }) ?? ""
    let resolver = ContainerFiles.resolver(container.hostConfig, configuration: configuration, hostFile: hostFile)
    if mode == "host" { return PreparedNetwork(endpoints: [], needsWiring: false, hosts: nil, resolvConf: nil) }
    if mode.hasPrefix("container:") {
      return PreparedNetwork(endpoints: [], needsWiring: false, hosts: nil, resolvConf: nil)
    }
    var endpoints: [EndpointRecord] = []
    do {
      if mode != "none" {
        for (index, (name, settings)) in order(container.networks, primary: mode).enumerated() {
          endpoints.append(try await endpoint(name, settings, container, index: index))
        }
      }
      for endpoint in endpoints { try await save(endpoint) }
    } catch {
      for endpoint in endpoints { await forget(endpoint) }
      throw Self.setupError(error)
    }
    let addresses = endpoints.compactMap { $0.address.map { String($0.prefix { $0 != "/" }) } }
    let hosts = ContainerFiles.hosts(
      name: LaunchPreparer.hostName(of: container), domain: container.config.domainname, addresses: addresses,
      extra: container.hostConfig.extraHosts ?? [], gateway: endpoints.first?.gateway)
    return PreparedNetwork(endpoints: endpoints, needsWiring: true, hosts: hosts, resolvConf: resolver)
  }

  /// The network mode's network has the first interface and the default route.
  private func order(
    _ networks: [String: EndpointSettings], primary: String
  ) -> [(String, EndpointSettings)] {
    networks.sorted { ($0.key == primary ? 0 : 1, $0.key) < ($1.key == primary ? 0 : 1, $1.key) }
      .map { ($0.key, $0.value) }
  }

  private func endpoint(
    _ name: String, _ settings: EndpointSettings, _ container: ContainerRecord, index: Int
  ) async throws -> EndpointRecord {
    let network = try find(name)
    let driver = try drivers.network(network.driver)
    let id = RandomID.make()
    let wanted = settings.ipamConfig?.ipv4Address.flatMap { $0.isEmpty ? nil : $0 }
    let address = try await claim(in: network, wanted: wanted)
    do {
      let mac = settings.macAddress.isEmpty ? address.flatMap(Self.mac) : settings.macAddress
      let request = EndpointRequest(
        id: id, interface: "eth\(index)", address: address, gateway: network.subnets.first?.gateway, mac: mac,
        defaultRoute: index == 0, ports: index == 0 ? try Self.ports(container) : [],
        network: NetworkRequest(
          id: network.id, name: network.name, isInternal: network.isInternal, labels: network.labels,
          options: try DockerNetworkOptions.short(network.options), subnets: network.subnets,
          result: network.applied.result, facts: Facts(daemon: daemonID, root: configuration.dataRoot)),
        container: .init(id: container.id, name: container.name, labels: container.config.labels ?? [:]))
      let plan = try await driver.attach(request)
      var known = settings
      known.dnsNames = [container.name] + (settings.aliases ?? []) + [container.shortID]
      return EndpointRecord(
        id: id, network: network.id, container: container.id, interface: request.interface, address: address,
        gateway: network.subnets.first?.gateway, mac: mac, settings: known,
        applied: AppliedPlan(key: "endpoint:\(id)", plan: plan))
    } catch {
      release(address, in: network.id)
      throw error
    }
  }

  /// A driver proposes an address, the engine claims it; when another was faster the driver is asked again.
  private func claim(in network: NetworkRecord, wanted: String?) async throws -> String? {
    guard let subnet = network.subnets.first else { return nil }
    let driver = try drivers.ipam(network.ipamDriver)
    for _ in 0..<64 {
      let taken = taken(in: network)
      let proposed = try await driver.address(
        AddressRequest(
          subnet: subnet.subnet, range: subnet.range, taken: taken.sorted(), wanted: wanted, labels: network.labels))
      guard let claimed = IPNetwork(proposed) else {
        throw EngineError(
          .internalError, "ipam driver \(network.ipamDriver) proposed \"\(proposed)\", which is no address")
      }
      let address = claimed.address.description
      let isFree = state.withLock { state -> Bool in
        let used = state.endpoints.values.contains { $0.network == network.id && $0.address == proposed }
        guard !used, !taken.contains(address) else { return false }
        return state.claims[network.id, default: []].insert(address).inserted
      }
      if isFree { return proposed }
      if wanted != nil { throw EngineError(.conflict, "Address already in use") }
    }
    throw EngineError(.unavailable, "no address of network \(network.name) could be claimed: too many starts at once")
  }

  private func taken(in network: NetworkRecord) -> Set<String> {
    state.withLock { state in
      var taken = state.claims[network.id] ?? []
      for endpoint in state.endpoints.values where endpoint.network == network.id {
        if let address = endpoint.address { taken.insert(String(address.prefix { $0 != "/" })) }
      }
      for subnet in network.subnets { if let gateway = subnet.gateway { taken.insert(gateway) } }
      return taken
    }
  }

  private func release(_ address: String?, in network: String) {
    guard let address else { return }
    state.withLock { _ = $0.claims[network]?.remove(String(address.prefix { $0 != "/" })) }
  }

  /// Docker's: 02:42 and the four bytes of the address, so that a reused address has the same neighbour entry.
  private static func mac(_ cidr: String) -> String? {
    guard let network = IPNetwork(cidr), network.address.family == .v4 else { return nil }
    return ([0x02, 0x42] + network.address.bytes).map { byte in
      let digits = String(byte, radix: 16)
      return digits.utf8.count == 1 ? "0" + digits : digits
    }.joined(separator: ":")
  }

  private static func ports(_ container: ContainerRecord) throws -> [EndpointRequest.PublishedPort] {
    var ports: [EndpointRequest.PublishedPort] = []
    let bindings = container.hostConfig.portBindings ?? [:]
    for (text, list) in bindings.sorted(by: { $0.key < $1.key }) {
      let port = try Port(text)
      for binding in list ?? [] {
        var published = EndpointRequest.PublishedPort(
          containerPort: Int(port.number), transport: port.transport.rawValue, hostAddress: binding.hostIp)
        if case .range(let range) = try HostPort(binding.hostPort) {
          published.hostPort = Int(range.lowerBound)
          published.hostPortLast = range.count > 1 ? Int(range.upperBound) : nil
        }
        ports.append(published)
      }
    }
    if container.hostConfig.publishAllPorts ?? false {
      for text in container.config.exposedPorts ?? [] where bindings[text] == nil {
        let port = try Port(text)
        ports.append(.init(containerPort: Int(port.number), transport: port.transport.rawValue, hostAddress: ""))
      }
    }
    return ports
  }

  private func save(_ endpoint: EndpointRecord) async throws {
    try await endpointRecords.save(endpoint, id: endpoint.id)
    state.withLock { state in
      state.endpoints[endpoint.id] = endpoint
      if let address = endpoint.address {
        _ = state.claims[endpoint.network]?.remove(String(address.prefix { $0 != "/" }))
      }
    }
  }

  private func forget(_ endpoint: EndpointRecord) async {
    try? await endpointRecords.delete(endpoint.id)
    _ = state.withLock { $0.endpoints.removeValue(forKey: endpoint.id) }
    release(endpoint.address, in: endpoint.network)
  }

  /// Applies the plans in the host and in the container's network namespace.
  ///
  /// - Returns: the sockets that hold the published ports, for the shim to keep.
  func apply(
    _ prepared: PreparedNetwork, container: ContainerRecord, namespaces: NamespaceDescriptors
  ) async throws -> [ReservedSocket] {
    var reserved: [ReservedSocket] = []
    let namespace = namespaces.namespace
    try await pool.run { try Self.raiseLoopback(namespace.socket) }
    for endpoint in prepared.endpoints {
      do {
        let application = try await apply(endpoint.applied, sites: Sites(netns: namespace))
        var applied = endpoint
        applied.applied = application.applied
        reserved += application.reserved
        try await save(applied)
        await refreshForwarding(of: endpoint.network)
      } catch {
        throw Self.connectivityError(error, container: container.name, endpoint: endpoint)
      }
      announce("connect", endpoint)
    }
    return reserved
  }

  private static func raiseLoopback(_ socket: NetlinkSocket) throws {
    guard let loopback = try socket.link(named: "lo"), !loopback.isUp else { return }
    try socket.changeLink(loopback.index, up: true)
  }

  /// Another engine's rules may have been written anew behind ours.
  private func refreshForwarding(of network: String) async {
    guard let record = state.withLock({ $0.networks[network] }) else { return }
    let executor = executor
    let advice = (try? await pool.run { try executor.refreshForwarding(record.applied) }) ?? []
    for sentence in advice { logger.warning("\(sentence)", metadata: ["network": "\(record.name)"]) }
  }

  private static func connectivityError(
    _ error: any Error, container: String, endpoint: EndpointRecord
  ) -> EngineError {
    guard let failure = error as? PlanFailure, failure.code == .portTaken || failure.message.hasPrefix("Bind for")
    else {
      return setupError(error)
    }
    return EngineError(
      .internalError,
      "failed to set up container networking: driver failed programming external connectivity on endpoint \(container) (\(endpoint.id)): \(failure.message)",
      cause: error)
  }

  private static func setupError(_ error: any Error) -> EngineError {
    let known = EngineError.driver(error)
    return EngineError(known.code, "failed to set up container networking: \(known.message)", cause: error)
  }

  private func announce(_ action: String, _ endpoint: EndpointRecord) {
    guard let network = state.withLock({ $0.networks[endpoint.network] }) else { return }
    publisher.announce(
      type: "network", action: action, id: network.id,
      attributes: ["container": endpoint.container, "name": network.name, "type": network.driver])
  }

  /// Takes a container's endpoints away. Its interfaces vanish with its network namespace: nothing waits for that.
  func release(container id: String) async -> [any Error] {
    var failures: [any Error] = []
    for endpoint in state.withLock({ $0.endpoints.values.filter { $0.container == id } }) {
      let problems = await undo(endpoint.applied, sites: Sites(namespaceEnds: true))
      if problems.isEmpty {
        await forget(endpoint)
        if endpoint.applied.state == .applied { announce("disconnect", endpoint) }
      } else {
        failures += problems
      }
    }
    return failures
  }

  /// What `inspect` shows under NetworkSettings.
  func settings(container id: String) -> NetworkSettings {
    let (endpoints, networks) = state.withLock { state in
      (state.endpoints.values.filter { $0.container == id }.sorted { $0.interface < $1.interface }, state.networks)
    }
    var settings = NetworkSettings()
    for endpoint in endpoints {
      guard let network = networks[endpoint.network] else { continue }
      var view = endpoint.settings
      let parts = (endpoint.address ?? "").split(separator: "/")
      view.networkID = network.id
      view.endpointID = endpoint.id
      view.gateway = endpoint.gateway ?? ""
      view.macAddress = endpoint.mac ?? ""
      view.ipAddress = parts.first.map(String.init) ?? ""
      view.ipPrefixLen = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
      settings.networks[network.name] = view
      if network.name == "bridge" {
        settings.endpointID = endpoint.id
        settings.gateway = view.gateway
        settings.ipAddress = view.ipAddress
        settings.ipPrefixLen = view.ipPrefixLen
        settings.macAddress = view.macAddress
      }
      for (port, bindings) in Self.published(endpoint.applied.result) { settings.ports[port] = bindings }
    }
    return settings
  }

  private static func published(_ result: JSONValue) -> [String: [PortBinding]] {
    var ports: [String: [PortBinding]] = [:]
    for entry in result["ports"]?.arrayValue ?? [] {
      guard let port = entry["container_port"]?.integerValue, let transport = entry["protocol"]?.stringValue,
        let hostPort = entry["host_port"]?.integerValue
      else { continue }
      ports["\(port)/\(transport)", default: []].append(
        PortBinding(hostIp: entry["host_address"]?.stringValue ?? "0.0.0.0", hostPort: "\(hostPort)"))
    }
    return ports
  }

  /// After a restart: endpoints of containers that do not live any more are taken away, and with them whatever carries
  /// this daemon's mark and no record names.
  func recover(living: Set<String>) async {
    for endpoint in state.withLock({ Array($0.endpoints.values) }) where !living.contains(endpoint.container) {
      for failure in await release(container: endpoint.container) {
        logger.error(
          "an endpoint could not be taken away", metadata: ["endpoint": "\(endpoint.id)", "error": "\(failure)"])
      }
    }
    let keys = state.withLock { state in
      Set(state.networks.values.map(\.applied.key)).union(state.endpoints.values.map(\.applied.key))
    }
    let executor = executor
    let findings = (try? await pool.run { Reclaimer(executor).reclaim(keeping: keys) }) ?? []
    for finding in findings { logger.warning("removed what no record names", metadata: ["what": "\(finding)"]) }
  }
}
