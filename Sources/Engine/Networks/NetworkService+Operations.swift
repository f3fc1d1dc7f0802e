import Addresses
import Drivers
public import EngineAPI
import JSON
import Scripting
import Synchronization

extension NetworkService {
  public func create(_ request: NetworkCreateRequest, caller: Caller) async throws -> NetworkCreateResponse {
    let name = request.name
    guard !name.isEmpty, !name.contains("/"), !name.hasPrefix("-") else {
      throw EngineError(
        .invalidArgument, "invalid network name \"\(name)\": only letters, digits, \"_\", \".\" and \"-\"")
    }
    guard !(request.enableIPv6 ?? false) else {
      throw EngineError(.invalidArgument, "IPv6 networks are not supported yet: create the network without --ipv6")
    }
    guard !request.configOnly, !request.ingress else {
      throw EngineError(
        .invalidArgument, "config-only and ingress networks belong to swarm mode, which is not supported")
    }
    try await gate.pass(
      .networkCreate, caller: caller, object: name, payload: ["network": try JSON.value(of: request)])
    let record = try await lanes.run("create") { [self] in try await createLocked(request, name) }
    publisher.announce(
      type: "network", action: "create", id: record.id, attributes: ["name": name, "type": record.driver])
    return NetworkCreateResponse(id: record.id)
  }

  private func createLocked(_ request: NetworkCreateRequest, _ name: String) async throws -> NetworkRecord {
    guard named(name) == nil else { throw EngineError(.conflict, "network with name \(name) already exists") }
    let driver = request.driver.isEmpty ? "bridge" : request.driver
    guard driver != "host", driver != "none", driver != "null" else {
      throw EngineError(.forbidden, "only one instance of \"\(driver)\" network is allowed")
    }
    guard drivers.names(.network).contains(driver) else {
      throw EngineError(.notFound, "could not find plugin \(driver) in v1 plugin registry: plugin not found")
    }
    let ipam = request.ipam ?? IPAM()
    let ipamDriver = ipam.driver.isEmpty ? "default" : ipam.driver
    guard drivers.names(.ipam).contains(ipamDriver) else {
      throw EngineError(.notFound, "could not find IPAM plugin \(ipamDriver): plugin not found")
    }
    do {
      return try await make(
        name: name, driver: driver, ipamDriver: ipamDriver, subnets: try await subnets(ipam.config ?? []),
        options: request.options ?? [:], labels: request.labels ?? [:], isInternal: request.`internal`,
        attachable: request.attachable, predefined: false)
    } catch {
      throw EngineError.driver(error)
    }
  }

  /// The subnets asked for, or one of the default pools.
  private func subnets(_ configuration: [IPAMConfig]) async throws -> [NetworkRequest.Subnet] {
    let used = try await usedSubnets()
    guard !configuration.isEmpty else {
      let subnet = try AddressPool.choose(avoiding: used)
      return [.init(subnet: subnet.description, gateway: AddressPool.gateway(of: subnet))]
    }
    let others = state.withLock { $0.networks.values.flatMap(\.subnets).compactMap { IPNetwork($0.subnet) } }
    var subnets: [NetworkRequest.Subnet] = []
    for entry in configuration {
      guard let text = entry.subnet, !text.isEmpty else {
        let subnet = try AddressPool.choose(avoiding: used)
        subnets.append(.init(subnet: subnet.description, gateway: entry.gateway ?? AddressPool.gateway(of: subnet)))
        continue
      }
      guard let subnet = IPNetwork(text)?.base else {
        throw EngineError(.invalidArgument, "invalid subnet \(text): invalid CIDR block notation")
      }
      guard !others.contains(where: { $0.overlaps(subnet) }) else {
        throw EngineError(.forbidden, "invalid pool request: Pool overlaps with other one on this address space")
      }
      if let gateway = entry.gateway, !gateway.isEmpty {
        guard let address = IPAddress(gateway), subnet.contains(address) else {
          throw EngineError(.invalidArgument, "no configured subnet contains gateway address \(gateway)")
        }
      }
      if let range = entry.ipRange, !range.isEmpty {
        guard let network = IPNetwork(range), subnet.contains(network) else {
          throw EngineError(.invalidArgument, "invalid ip-range \(range): it does not lie in the subnet \(subnet)")
        }
      }
      let gateway = entry.gateway.flatMap { $0.isEmpty ? nil : $0 } ?? AddressPool.gateway(of: subnet)
      subnets.append(
        .init(
          subnet: subnet.description, range: entry.ipRange.flatMap { $0.isEmpty ? nil : $0 }, gateway: gateway))
    }
    return subnets
  }

  public func list(filters: Filters) async throws -> [Network] {
    do {
      try filters.validate(["dangling", "driver", "id", "label", "name", "scope", "type"])
    } catch { throw EngineError(.invalidArgument, error.message) }
    let dangling: Bool?
    do { dangling = filters.contains("dangling") ? try filters.boolean("dangling", default: false) : nil } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    let (records, used) = state.withLock { state in
      (Array(state.networks.values), Set(state.endpoints.values.map(\.network)))
    }
    return records.filter { record in
      filters.matchesExactly("driver", record.driver) && filters.matchesPrefix("id", record.id)
        && filters.matches("name", record.name) && filters.matchesLabels("label", record.labels)
        && filters.matchesExactly("scope", "local")
        && filters.matchesExactly("type", record.predefined ? "builtin" : "custom")
        && (dangling.map { $0 == (!record.predefined && !used.contains(record.id)) } ?? true)
    }.sorted { $0.name < $1.name }.map { view($0, verbose: false) }
  }

  public func inspect(_ reference: String, verbose: Bool) async throws -> Network {
    view(try find(reference), verbose: true)
  }

  private func view(_ record: NetworkRecord, verbose: Bool) -> Network {
    var containers: [String: NetworkContainer] = [:]
    if verbose {
      for endpoint in state.withLock({ Array($0.endpoints.values) }) where endpoint.network == record.id {
        containers[endpoint.container] = NetworkContainer(
          name: endpoint.settings.dnsNames?.first ?? "", endpointID: endpoint.id, macAddress: endpoint.mac ?? "",
          ipv4Address: endpoint.address ?? "", ipv6Address: "")
      }
    }
    let configuration = record.subnets.map {
      IPAMConfig(subnet: $0.subnet, ipRange: $0.range, gateway: $0.gateway)
    }
    return Network(
      name: record.name, id: record.id, created: record.created.description, scope: "local",
      driver: record.driver == "none" ? "null" : record.driver, enableIPv4: true, enableIPv6: false,
      ipam: IPAM(driver: record.ipamDriver, config: configuration), internal: record.isInternal,
      attachable: record.attachable, containers: containers, options: record.options, labels: record.labels)
  }

  public func remove(_ reference: String, caller: Caller) async throws {
    let record = try find(reference)
    guard !record.predefined else {
      throw EngineError(.forbidden, "\(record.name) is a pre-defined network and cannot be removed")
    }
    try await gate.pass(
      .networkRemove, caller: caller, object: record.id,
      payload: ["network": try JSON.value(of: view(record, verbose: true))])
    try await lanes.run(record.id) { [self] in
      let record = try find(record.id)
      let users = state.withLock { state in state.endpoints.values.filter { $0.network == record.id } }
      guard users.isEmpty else {
        throw EngineError(
          .forbidden,
          "error while removing network: network \(record.name) has active endpoints (name:\"\(users.compactMap { $0.settings.dnsNames?.first }.joined(separator: "\", \""))\")"
        )
      }
      try await delete(record)
    }
    publisher.announce(
      type: "network", action: "destroy", id: record.id, attributes: ["name": record.name, "type": record.driver])
  }

  public func prune(filters: Filters, caller: Caller) async throws -> NetworksPruneReport {
    do { try filters.validate(["label", "label!", "until"]) } catch {
      throw EngineError(.invalidArgument, error.message)
    }
    var until: Timestamp?
    do { until = try filters["until"].first.map { try Timestamp(option: $0) } } catch {
      throw EngineError(.invalidArgument, "\(error)")
    }
    var report = NetworksPruneReport()
    for record in state.withLock({ Array($0.networks.values) }) where !record.predefined {
      guard until.map({ record.created < $0 }) ?? true, filters.matchesLabels("label", record.labels),
        filters.excludesLabels("label!", record.labels)
      else { continue }
      do {
        try await remove(record.id, caller: caller)
        report.networksDeleted = (report.networksDeleted ?? []) + [record.name]
      } catch let error as EngineError where error.code != .internalError {
        continue
      }
    }
    return report
  }

  public func connect(_ reference: String, _ request: NetworkConnectRequest, caller: Caller) async throws {
    _ = try find(reference)
    throw EngineError(
      .notImplemented,
      "connecting an existing container to a network is not supported yet: name the network with --network when the container is created"
    )
  }

  public func disconnect(_ reference: String, _ request: NetworkDisconnectRequest, caller: Caller) async throws {
    _ = try find(reference)
    throw EngineError(
      .notImplemented, "disconnecting a container from a network is not supported yet: remove the container")
  }
}
