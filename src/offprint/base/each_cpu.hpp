// Loops compiled for several instruction sets, the best chosen when the program starts: put OFFPRINT_FOR_EACH_CPU
// before a function of plain loops.
#pragma once

// Sanitizers start before the choice of the instruction set can be made; clang spells it differently.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define OFFPRINT_FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define OFFPRINT_FOR_EACH_CPU
#endif
