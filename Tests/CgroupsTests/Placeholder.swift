// CgroupsTests
