'use strict';

// Nothing: memory.js loads it, so that what the first require() takes is not counted.
