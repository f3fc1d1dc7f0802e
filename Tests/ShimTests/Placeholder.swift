// ShimTests
