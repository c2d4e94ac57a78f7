# What runs before the engine on x86-64. `entry-stub.mjs` says what it is for, puts it in place, and fills in what lies behind the code, at these offsets.
# At the entry of a program only two registers mean something: rsp (number of words, words, 0, environment, 0, …) and rdx. r15 keeps rdx, r14 our base.
# To change it: as entry-stub-x64.s -o x.o && objcopy -O binary -j .text x.o x.bin && xxd -p -c 64 x.bin
.intel_syntax noprefix
.set record, 1024
.set former, 1064
.set environ, 1072
.set options, 1080
.set scratch, 1088
.set variables, 1152
.globl _start
_start:
base:
  mov r15, rdx
  lea r14, [rip + base]
  # dispositions of SIGPIPE and SIGXFSZ
  mov eax, 13
  mov edi, 13
  xor esi, esi
  lea rdx, [r14 + scratch]
  mov r10d, 8
  syscall
  mov rax, [r14 + scratch]
  mov [r14 + record + 8], rax
  mov eax, 13
  mov edi, 25
  xor esi, esi
  lea rdx, [r14 + scratch]
  mov r10d, 8
  syscall
  mov rax, [r14 + scratch]
  mov [r14 + record + 16], rax
  # limit of open files
  mov eax, 302
  xor edi, edi
  mov esi, 7
  xor edx, edx
  lea r10, [r14 + record + 24]
  syscall
  mov rax, [rip + magic]
  mov [r14 + record], rax
  # r12: how many words. Is the first "__", a call among ourselves?
  mov r12, [rsp]
  cmp r12, 2
  jl environment
  mov rax, [rsp + 16]
  cmp word ptr [rax], 0x5f5f
  jne environment
  cmp byte ptr [rax + 2], 0
  jne environment
  # Does stdin begin with the magic and a time (CLOCK_MONOTONIC)? Then sleep until then.
  mov eax, 17
  xor edi, edi
  lea rsi, [r14 + scratch]
  mov edx, 24
  xor r10d, r10d
  syscall
  cmp eax, 24
  jne environment
  mov rax, [rip + magic]
  cmp rax, [r14 + scratch]
  jne environment
  mov eax, 230
  mov edi, 1
  mov esi, 1
  lea rdx, [r14 + scratch + 8]
  xor r10d, r10d
  syscall
environment:
  mov r13, [r14 + environ]
  test r13, r13
  jz done
  # rbx: the environment; rbp: how many words it and its end take
  lea rbx, [rsp + r12 * 8 + 16]
  xor ebp, ebp
count:
  inc rbp
  cmp qword ptr [rbx + rbp * 8 - 8], 0
  jne count
  mov r9, [r14 + options]
  # A copy of words and environment with our variables between them, below; an even number of words. The former ones stay for who points to them.
  lea rax, [r12 + rbp + 3]
  add rax, r9
  and rax, -2
  shl rax, 3
  mov rdi, rsp
  sub rdi, rax
  mov rsi, rsp
  mov rsp, rdi
  lea rcx, [r12 + 2]
  rep movsq
  mov [r13], rdi
  lea rsi, [r14 + variables]
  mov rcx, r9
  rep movsq
  mov rsi, rbx
  mov rcx, rbp
  rep movsq
done:
  mov rdx, r15
  jmp [r14 + former]
magic: .ascii "TSBCHALK"
