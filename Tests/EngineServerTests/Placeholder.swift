// EngineServerTests
