/// Every kind of step there is. A new kind: a payload in `Steps/`, a case here, a performer in `Drivers/Steps/`.
public enum Action: Sendable, Hashable {
  case link(LinkStep)
  case address(AddressStep)
  case route(RouteStep)
  case neighbour(NeighbourStep)
  case fdb(FDBStep)
  case sysctl(SysctlStep)
  case nft(NftStep)
  case nftElement(NftElementStep)
  case forward(ForwardStep)
  case port(PortStep)
  case dns(DNSStep)
  case dir(DirStep)
  case file(FileStep)
  case mount(MountStep)
  case copy(CopyStep)
  case seed(SeedStep)
  case trash(TrashStep)

  static let kinds: [any StepPayload.Type] = [
    LinkStep.self, AddressStep.self, RouteStep.self, NeighbourStep.self, FDBStep.self, SysctlStep.self, NftStep.self,
    NftElementStep.self, ForwardStep.self, PortStep.self, DNSStep.self, DirStep.self, FileStep.self, MountStep.self,
    CopyStep.self, SeedStep.self, TrashStep.self,
  ]

  public var payload: any StepPayload {
    switch self {
    case .link(let step): step
    case .address(let step): step
    case .route(let step): step
    case .neighbour(let step): step
    case .fdb(let step): step
    case .sysctl(let step): step
    case .nft(let step): step
    case .nftElement(let step): step
    case .forward(let step): step
    case .port(let step): step
    case .dns(let step): step
    case .dir(let step): step
    case .file(let step): step
    case .mount(let step): step
    case .copy(let step): step
    case .seed(let step): step
    case .trash(let step): step
    }
  }

  static func decode(_ kind: any StepPayload.Type, from box: inout StepReaderBox) throws(PlanError) -> Action {
    switch kind.verb {
    case LinkStep.verb: .link(try LinkStep(from: &box))
    case AddressStep.verb: .address(try AddressStep(from: &box))
    case RouteStep.verb: .route(try RouteStep(from: &box))
    case NeighbourStep.verb: .neighbour(try NeighbourStep(from: &box))
    case FDBStep.verb: .fdb(try FDBStep(from: &box))
    case SysctlStep.verb: .sysctl(try SysctlStep(from: &box))
    case NftStep.verb: .nft(try NftStep(from: &box))
    case NftElementStep.verb: .nftElement(try NftElementStep(from: &box))
    case ForwardStep.verb: .forward(try ForwardStep(from: &box))
    case PortStep.verb: .port(try PortStep(from: &box))
    case DNSStep.verb: .dns(try DNSStep(from: &box))
    case DirStep.verb: .dir(try DirStep(from: &box))
    case FileStep.verb: .file(try FileStep(from: &box))
    case MountStep.verb: .mount(try MountStep(from: &box))
    case CopyStep.verb: .copy(try CopyStep(from: &box))
    case SeedStep.verb: .seed(try SeedStep(from: &box))
    default: .trash(try TrashStep(from: &box))
    }
  }
}
