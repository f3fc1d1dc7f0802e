#pragma once

#include "seqpacket.h"
