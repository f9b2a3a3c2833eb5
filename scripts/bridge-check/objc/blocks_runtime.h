// GNUstep includes it; Debian has none, and nothing here needs it.
#pragma once
