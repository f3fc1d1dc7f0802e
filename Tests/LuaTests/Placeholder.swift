// LuaTests
