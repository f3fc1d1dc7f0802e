import Addresses
import Drivers
import EngineAPI
import JSON
import LinuxSystem
import Logging
import Netlink
import Plans
import Synchronization

/// The networks, and the containers in them: all of it by drivers' plans. The engine's own part is identity, addresses
/// and records.
public final class NetworkService: Sendable {
  struct State {
    var networks: [String: NetworkRecord] = [:]
    var endpoints: [String: EndpointRecord] = [:]
    /// Addresses proposed and not yet in an endpoint's record, by network.
    var claims: [String: Set<String>] = [:]
    /// Names of networks being made.
    var pendingNames: Set<String> = []
  }

  let configuration: EngineConfiguration
  let drivers: DriverRegistry
  let executor: PlanExecutor
  let networkRecords: RecordStore<NetworkRecord>
  let endpointRecords: RecordStore<EndpointRecord>
  let publisher: EventPublisher
  let gate: OperationGate
  let pool: BlockingPool
  let host: HostNetwork
  let daemonID: String
  let logger: Logger
  let lanes = Lanes()
  let state = Mutex(State())

  init(
    configuration: EngineConfiguration, daemonID: String, drivers: DriverRegistry, publisher: EventPublisher,
    gate: OperationGate, pool: BlockingPool, logger: Logger
  ) async throws {
    self.configuration = configuration
    self.daemonID = daemonID
    self.drivers = drivers
    self.publisher = publisher
    self.gate = gate
    self.pool = pool
    self.logger = logger
    executor = try PlanExecutor(daemon: daemonID)
    host = try HostNetwork()
    let root = "\(configuration.dataRoot)/records"
    networkRecords = try RecordStore(kind: "networks", root: root, pool: pool, logger: logger)
    endpointRecords = try RecordStore(kind: "endpoints", root: root, pool: pool, logger: logger)
    let networks = try await networkRecords.load()
    let endpoints = try await endpointRecords.load()
    state.withLock { state in
      for (_, record) in networks { state.networks[record.id] = record }
      for (_, record) in endpoints { state.endpoints[record.id] = record }
    }
    try await makePredefined()
    await ensureNetworks()
  }

  // MARK: The networks that are always there

  private func makePredefined() async throws {
    for (name, driver) in [("bridge", "bridge"), ("host", "host"), ("none", "none")] {
      guard named(name) == nil else { continue }
      var subnets: [NetworkRequest.Subnet] = []
      if name == "bridge" { subnets = [try await bridgeSubnet()] }
      do {
        _ = try await make(
          name: name, driver: driver, ipamDriver: "default", subnets: subnets, options: [:], labels: [:],
          isInternal: false, attachable: false, predefined: true)
      } catch {
        throw EngineError(.internalError, "the network \(name) could not be made: \(error)", cause: error)
      }
    }
  }

  private func bridgeSubnet() async throws -> NetworkRequest.Subnet {
    if let address = configuration.bridgeAddress {
      guard let network = IPNetwork(address) else {
        throw EngineError(
          .invalidArgument, "--bip: \"\(address)\" is no address with a prefix length, like 10.10.0.1/16")
      }
      return .init(subnet: network.base.description, gateway: network.address.description)
    }
    let subnet = try AddressPool.choose(avoiding: try await usedSubnets())
    return .init(subnet: subnet.description, gateway: AddressPool.gateway(of: subnet))
  }

  /// Every recorded network stands again after a restart of the machine: its plan is ensured, which changes nothing
  /// where it stands.
  private func ensureNetworks() async {
    for record in state.withLock({ Array($0.networks.values) }) {
      do {
        var ensured = record
        ensured.applied = try await apply(record.applied).applied
        if ensured.applied != record.applied { try await save(ensured) }
      } catch {
        logger.error("a network could not be restored", metadata: ["network": "\(record.name)", "error": "\(error)"])
      }
    }
  }

  // MARK: Finding

  func named(_ name: String) -> NetworkRecord? {
    state.withLock { state in state.networks.values.first { $0.name == name } }
  }

  /// By name, id, or a prefix of the id that only one has.
  func find(_ reference: String) throws(EngineError) -> NetworkRecord {
    let matches = state.withLock { state -> [NetworkRecord] in
      if let exact = state.networks[reference] ?? state.networks.values.first(where: { $0.name == reference }) {
        return [exact]
      }
      return reference.isEmpty ? [] : state.networks.values.filter { $0.id.hasPrefix(reference) }
    }
    guard matches.count <= 1 else {
      throw EngineError(
        .invalidArgument, "network \(reference) is ambiguous (\(matches.count) matches found on ID prefix)")
    }
    guard let match = matches.first else { throw EngineError(.notFound, "network \(reference) not found") }
    return match
  }

  func usedSubnets() async throws -> [IPNetwork] {
    let own = state.withLock { $0.networks.values.flatMap(\.subnets).compactMap { IPNetwork($0.subnet) } }
    return try await pool.run { [host] in try host.subnets() } + own
  }

  func facts() async throws -> Facts {
    let mtu = try await pool.run { [host] in try host.mtu() }
    return Facts(daemon: daemonID, root: configuration.dataRoot, subnets: [], mtu: mtu)
  }

  // MARK: Making and removing

  func make(
    name: String, driver driverName: String, ipamDriver: String, subnets: [NetworkRequest.Subnet],
    options: [String: String], labels: [String: String], isInternal: Bool, attachable: Bool, predefined: Bool
  ) async throws -> NetworkRecord {
    let driver = try drivers.network(driverName)
    let id = RandomID.make()
    let request = NetworkRequest(
      id: id, name: name, isInternal: isInternal, labels: labels, options: try DockerNetworkOptions.short(options),
      subnets: subnets, facts: try await facts())
    let plan = try await driver.create(request)
    var record = NetworkRecord(
      id: id, name: name, driver: driverName, created: .now(), options: options, labels: labels,
      isInternal: isInternal, attachable: attachable, ipamDriver: ipamDriver, subnets: subnets, predefined: predefined,
      applied: AppliedPlan(key: "network:\(id)", plan: plan))
    try await networkRecords.save(record, id: id, durable: true)
    do {
      record.applied = try await apply(record.applied).applied
      try await save(record)
    } catch {
      try? await networkRecords.delete(id)
      throw error
    }
    return record
  }

  private func save(_ record: NetworkRecord) async throws {
    try await networkRecords.save(record, id: record.id, durable: true)
    state.withLock { $0.networks[record.id] = record }
  }

  func apply(_ intent: AppliedPlan, sites: Sites = Sites()) async throws -> PlanExecutor.Application {
    let executor = executor
    return try await pool.run {
      try executor.apply(
        intent, sites: sites, before: { _ in FaultPoint.pass("plan.step.before") },
        progress: { _ in FaultPoint.pass("plan.step.after") })
    }
  }

  func undo(_ applied: AppliedPlan, sites: Sites = Sites()) async -> [any Error] {
    let executor = executor
    do {
      return try await pool.run { executor.undo(applied, sites: sites) }
    } catch {
      return [error]
    }
  }

  func delete(_ record: NetworkRecord) async throws {
    let failures = await undo(record.applied)
    guard failures.isEmpty else {
      throw EngineError(
        .internalError,
        "network \(record.name) could not be removed: \(failures.map { "\($0)" }.joined(separator: "; "))")
    }
    try await networkRecords.delete(record.id)
    _ = state.withLock { $0.networks.removeValue(forKey: record.id) }
  }
}
