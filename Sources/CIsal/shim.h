#include <isa-l.h>

// Macros of igzip_lib.h that Swift's importer cannot evaluate.
static const uint32_t isal_level1_buffer_size = ISAL_DEF_LVL1_DEFAULT;
static const uint32_t isal_level2_buffer_size = ISAL_DEF_LVL2_DEFAULT;
