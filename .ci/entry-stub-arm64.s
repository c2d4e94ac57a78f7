// What runs before the engine on aarch64; the twin of entry-stub-x64.s, which explains it.
.set record, 1024
.set former, 1064
.set environ, 1072
.set options, 1080
.set scratch, 1088
.set variables, 1152
.globl _start
_start:
base:
  mov x19, x0
  adr x20, base

  mov x8, #134
  mov x0, #13
  mov x1, #0
  add x2, x20, #scratch
  mov x3, #8
  svc #0
  ldr x9, [x20, #scratch]
  str x9, [x20, #record + 8]
  mov x8, #134
  mov x0, #25
  mov x1, #0
  add x2, x20, #scratch
  mov x3, #8
  svc #0
  ldr x9, [x20, #scratch]
  str x9, [x20, #record + 16]

  mov x8, #261
  mov x0, #0
  mov x1, #7
  mov x2, #0
  add x3, x20, #record + 24
  svc #0
  ldr x21, magic
  str x21, [x20, #record]

  ldr x22, [sp]
  cmp x22, #2
  b.lt environment
  ldr x9, [sp, #16]
  ldrb w10, [x9]
  cmp w10, #'_'
  b.ne environment
  ldrb w10, [x9, #1]
  cmp w10, #'_'
  b.ne environment
  ldrb w10, [x9, #2]
  cbnz w10, environment

  mov x8, #67
  mov x0, #0
  add x1, x20, #scratch
  mov x2, #24
  mov x3, #0
  svc #0
  cmp x0, #24
  b.ne environment
  ldr x9, [x20, #scratch]
  cmp x9, x21
  b.ne environment
  mov x8, #115
  mov x0, #1
  mov x1, #1
  add x2, x20, #scratch + 8
  mov x3, #0
  svc #0

environment:
  ldr x9, [x20, #environ]
  cbz x9, done
  mov x10, sp
  add x11, x10, x22, lsl #3
  add x11, x11, #16
  mov x12, #0
count:
  ldr x13, [x11, x12, lsl #3]
  add x12, x12, #1
  cbnz x13, count
  ldr x14, [x20, #options]

  add x15, x22, x12
  add x15, x15, x14
  add x15, x15, #3
  and x15, x15, #-2
  sub x16, x10, x15, lsl #3
  mov sp, x16
  add x17, x22, #2
words:
  ldr x13, [x10], #8
  str x13, [x16], #8
  subs x17, x17, #1
  b.ne words
  str x16, [x9]
  add x10, x20, #variables
  cbz x14, inherited
ours:
  ldr x13, [x10], #8
  str x13, [x16], #8
  subs x14, x14, #1
  b.ne ours
inherited:
  ldr x13, [x11], #8
  str x13, [x16], #8
  cbnz x13, inherited

done:
  ldr x9, [x20, #former]
  mov x0, x19
  br x9
.align 3
magic: .ascii "TSBCHALK"
