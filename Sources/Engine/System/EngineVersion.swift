/// The version of the engine itself.
public enum EngineVersion {
  public static let current = "0.1.0"
}
