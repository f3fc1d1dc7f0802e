/// The processes of a container: columns and rows of `ps`.
public struct ContainerTop: Codable, Sendable, Hashable {
  public var titles: [String]
  public var processes: [[String]]

  public init(titles: [String] = [], processes: [[String]] = []) {
    self.titles = titles
    self.processes = processes
  }

  enum CodingKeys: String, CodingKey {
    case titles = "Titles"
    case processes = "Processes"
  }
}
