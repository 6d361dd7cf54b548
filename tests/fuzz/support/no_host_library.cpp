// A core that asks no host.
#include "support/host_library.hpp"

void portcullis::fuzz::forget_host_keys() {}
