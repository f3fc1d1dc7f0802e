// EngineAPITests
