// Imported for the sake of what Swift declares; the bridge itself uses nothing of it.
#pragma once
