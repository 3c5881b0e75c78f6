"""The words around errors: a headline for people and a next step, by the code that the services raise.

Rules: headline and step exist in Chinese and English; a code that is not listed is told by its family, which is the
error's class or the nearest one above it that has words. The services' own sentence, with the values, is printed below
the headline. Commands are named here and nowhere in the services.

    headline("wrong_passphrase", PassphraseError)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from credential.errors import CodedError

Pair = tuple[str, str]

_FAMILIES: Final[Mapping[str, Pair]] = {
    "InputError": ("给出的内容不合要求", "what was given is not acceptable"),
    "ReadBackError": ("写入磁盘的内容读回来不一样", "the disk gave back other bytes than were written"),
    "NotFoundError": ("没有找到", "it was not found"),
    "ConflictError": ("与登记簿现有内容冲突", "it contradicts what the register holds"),
    "NotAllowedError": ("无权办理", "this is not allowed"),
    "TamperedError": ("登记簿与签名不一致，已停止办理", "the register and the signatures disagree; stopped"),
    "MachineError": ("本机的文件、磁盘或数据库操作没有成功", "an operation on this machine's disk or database failed"),
    "KeyFileError": ("密钥文件有问题", "a key file is not in order"),
    "PassphraseError": ("口令有问题", "the passphrase does not do"),
    "KeyUseError": ("密钥用途不符", "a key is not for this use"),
    "KeyNotFoundError": ("没有找到密钥", "a key was not found"),
    "MalformedError": ("格式不符", "it is not in the format"),
    "NotTrustedError": ("没有可信的依据", "nothing trusted stands behind it"),
    "NotInForceError": ("目前不在有效期内", "it is not in force now"),
    "CannotKnowError": ("暂时无法判定", "it cannot be known now"),
    "SourceError": ("没有在所给的内容里找到证书", "no certificate was found in what was given"),
    "UsageError": ("用法有误", "this was not asked rightly"),
    "UnknownEntryError": ("目录里没有这一项", "the catalogue has no such entry"),
    "DocumentError": ("文件没有做成", "the document could not be made"),
    "FetchError": ("没有取到公布的文件", "a file of the publication was not had"),
    "TrustError": ("公布的文件不可信或已过期", "the publication cannot be trusted, or not now"),
}
_UNKNOWN_FAMILY: Final[Pair] = ("没有办成", "it could not be done")

_HEADLINES: Final[Mapping[str, Pair]] = {
    "register_busy": ("登记簿正被别的程序占用（例如备份）", "another program holds the register, a backup perhaps"),
    "disk_full": ("磁盘已满", "the disk is full"),
    "file_limit": ("系统限制了文件大小，写不下去", "the system limits how large a file may grow"),
    "disk_error": ("磁盘读写出错", "the disk reports an error"),
    "no_memory": ("内存不够", "there is not enough memory"),
    "not_writable": ("没有权限写入", "it cannot be written"),
    "machine": ("本机的文件或磁盘操作没有成功", "an operation on this machine's files did not succeed"),
    "register_damaged": ("登记簿的数据库文件已损坏，已停止办理", "the register's database is damaged; stopped"),
    "register_refused": ("登记簿拒绝了一项互相矛盾的改动", "the register refused a change that contradicts it"),
    "number_taken": ("编号计数器落后于已发的编号，已停止发证", "the counter stands behind numbers given; stopped"),
    "unexpected": ("程序出了没有预料到的问题", "something went wrong that nobody foresaw"),
    "file_exists": ("输出文件已存在，没有覆盖", "the output exists already and was not overwritten"),
    "output_is_input": ("输出文件就是输入文件，没有覆盖", "the output is an input; it was not overwritten"),
    "effective_before_award": ("生效日期早于取得时间", "the day lies before the award"),
    "effective_before_issue": ("生效日期早于发证日期", "the day lies before the certificate was issued"),
    "clock_ahead": ("本机时钟可能走到了前面，没有签署", "this machine's clock may be ahead; nothing was signed"),
    "clock_behind": ("本机时钟可能落在后面，没有签署", "this machine's clock may be behind; nothing was signed"),
    "wrong_passphrase": ("口令不对，没有打开密钥", "the passphrase is wrong; the key was not opened"),
    "no_home": ("这里还没有部署目录", "there is no home here"),
    "home_exists": ("这里已有部署目录，没有改动", "there is a home here already; nothing was changed"),
    "same_person": ("提交人和批准人不能是同一人", "whoever submits does not approve"),
    "operator_ended": (
        "办理人已停用，且审计里没有停用前受理这份签字的记录",
        "the operator has ended, and nothing shows that this was accepted before",
    ),
    "operator_acted": ("草拟停用之后，该办理人又办了事", "the operator has acted since the end was drafted"),
    "other_audit": ("新名单里的审计位置不是本登记簿的", "the new list names the audit of another register"),
    "audit_altered": (
        "审计链与签署或公布的不一致，已停止办理",
        "the audit is not the one signed for; stopped",
    ),
    "publication_altered": (
        "公布目录与上次公布的不一致，没有公布",
        "the publication is not as it was left; nothing was published",
    ),
    "register_behind": ("登记簿比公布的旧，没有公布", "the register is older than the publication"),
    "history_shortened": (
        "登记簿里的变更少于已经公布的，没有公布",
        "the register says less than is published already; nothing was published",
    ),
    "certificates_gone": (
        "登记簿里的证书少于已经公布的，没有公布",
        "the register has fewer certificates than are published; nothing was published",
    ),
    "not_proven": (
        "登记簿里有没有证明的内容，没有摆放",
        "something in the register has no proof; nothing was laid out",
    ),
    "reading_unrecorded": (
        "登记簿现在记不下谁查看了个人信息，所以什么都没有显示",
        "the register takes no entry of who reads personal data now, so nothing is shown",
    ),
    "bad_head_file": ("这个文件不是本部署的审计链头", "this file keeps no head of this deployment's audit"),
    "barred": ("此人在诚信惩戒期内，不得发证", "the person is barred from titles"),
    "integrity_unproven": (
        "诚信记录没有签字作为依据，这一行先不发证",
        "no statement stands behind the integrity record; the row waits",
    ),
    "newer_operators": ("办理人名单由更新版本的程序签署", "a newer program made the list of operators"),
    "newer_suite": ("本版程序不认识这把密钥的算法", "this program does not know the key's algorithm"),
    "scheme": ("这把密钥不能以这种方式签这件事", "the key does not sign this, or not in this way"),
    "same_file": ("这份名单已经核对过", "this list is a batch already"),
    "pair": ("选项的写法不对", "an option is not written as it should be"),
    "no_field": ("名单里没有这个字段", "a list has no such field"),
    "said_twice": ("同一项给了两次", "the same thing was given twice"),
    "of_one_person": ("这一项各人不同，不能为整批指定", "this differs from person to person"),
    "role": ("办理人的角色不能办这件事", "the operator's role does not allow this"),
    "other_authority": ("办理人不属于这个发证机关", "the operator acts for another authority"),
    "wrong_state": ("当前状态不能办这件事", "this takes another state"),
    "mode": ("文件权限过宽", "a file is open to others"),
    "no_such_act": ("没有这个事项，没有授权", "there is no such act; nothing was granted"),
    "duplicate": ("已经有了，没有改动", "it exists already; nothing was changed"),
    "unknown_operator": ("没有这位办理人", "there is no such operator"),
    "operator_not_in_force": ("办理人已停用或不在任期内", "the operator is not in force"),
    "no_right": ("作出决定的机关没有这项权限", "the deciding authority has no right to do this"),
    "count": ("张数与写明的不符，什么都没有改动", "another number than was meant; nothing was changed"),
    "moved_on": ("证书状态刚刚变了，没有改动", "the certificate changed meanwhile; nothing was done"),
    "no_trust_list": ("还没有公布信任清单", "no trust list is published yet"),
    "no_authorities": ("还没有发证机关", "there is no authority yet"),
    "no_root_here": ("这里没有信任根密钥，没有签署", "no root key is here; nothing was signed"),
    "trust_expired": ("信任清单已过期", "the trust list has expired"),
    "trust_rollback": ("公布目录里缺少公布过的信任清单", "the publication lacks a trust list that was published"),
    "trust_list_not_next": (
        "另一份信任清单已先签署，这份没有签",
        "another trust list was signed first; this one was not",
    ),
    "kept_differs": (
        "同一版本已签署过别的内容，没有改动",
        "this version was signed with other content; nothing was changed",
    ),
    "entries_removed": (
        "登记簿里少了已经公布的内容，没有签署",
        "the register lost something that is published; nothing was signed",
    ),
    "immutable_changed": (
        "公布目录里已有内容不同的同名文件，没有覆盖",
        "the publication holds another file of this name; nothing was overwritten",
    ),
    "reader_disagrees": (
        "已写入公布目录，但按公众的方法查验结果不符，不能算办完",
        "it was written, but a reader finds something else: it is not done",
    ),
    "publisher_running": ("另一个进程正在公布", "another process is publishing just now"),
    "no_operators": ("还没有办理人", "there are no operators yet"),
    "key_not_good": ("签发密钥不在已公布的信任清单里，或已失效", "the credential key is not good in the trust list"),
    "rows_altered": ("登记簿里的行与核对时不同，已停止办理", "the rows are not those that were checked; stopped"),
    "no_statement": ("没有两名办理人的签字，没有签署", "no two operators signed for it; nothing was signed"),
    "credential_altered": ("证书与签发的不符，没有公布", "a certificate is not what was issued; it was not published"),
    "first_event_altered": (
        "证书的签发记录与签发时写下的不符，没有公布",
        "the first event of a certificate is not what issuing writes; it was not published",
    ),
    "record_altered": (
        "查验码打开的不是这张证书，没有公布",
        "the check code does not open this certificate; it was not published",
    ),
    "history_altered": (
        "登记簿里的履历不是签署过的，没有公布",
        "a stored history is none that was signed; it stays out",
    ),
    "successor_unproven": (
        "顶替它的证书没有经过批准，原证书状态不变",
        "the certificate in its place is not proven; its status stays",
    ),
    "already_replaced": ("这张证书已经换发过", "this certificate was replaced already"),
    "not_replaceable": ("证书当前的状态不能这样换发", "a certificate in this state is not replaced so"),
    "older_not_published": ("要换发的证书还没有公布", "the certificate to be replaced is not published"),
    "other_holder": ("换发的证书属于另一个人", "the certificate to be replaced is another holder's"),
    "numbers": ("证书编号没有逐一写明，或写重了", "certificate numbers are missing, or one is there twice"),
    "corrections": ("没有写明要换发哪些证书，或一次太多", "no certificate to be replaced was named, or too many"),
    "nothing_changes": ("没有写明更正什么", "a correction changes nothing"),
    "not_a_demonstration": (
        "正式机关的文件证书须由认证服务机构签发，本版只能自制演示证书",
        "a real authority's document certificate comes from an accredited service",
    ),
    "newer_publication": ("现行的信任清单由更新的程序制作", "a newer program made the published trust list"),
    "unknown_kind": ("内容里有本程序还不认识的事项", "it holds what this program does not know yet"),
    "newer_format": ("需要较新的程序", "a newer program is needed"),
    "no_batch": ("没有这个批次", "there is no such batch"),
    "no_authority": ("没有这个发证机关", "there is no such authority"),
    "no_region": ("没有这个行政区划", "there is no such region"),
    "no_committee": ("没有这个评审委员会", "there is no such committee"),
    "no_certificate": ("没有这个证书", "there is no such certificate"),
    "nothing_to_issue": ("这一批没有可发证的行", "the batch has no row that could be issued"),
    "database_address": ("数据库地址的写法不对", "the database's address is not in the form of one"),
    "database_dialect": ("不支持这种数据库", "this kind of database is not supported"),
    "database_unreachable": ("连不上登记簿的数据库", "the register's database cannot be reached"),
    "database_password": ("home.json 里不能写数据库口令", "home.json is no place for the database's password"),
    "outside_delegation": (
        "授权超出了上级机关自己的权限",
        "a grant is wider than what was delegated",
    ),
    "term_too_long": ("备案有效期超过三年", "a filing lasts at most three years"),
    "not_a_pdf": ("文件名是 PDF，内容不是", "the file is called a PDF and is none"),
    "several_kinds": ("这个文件既是图片又是 PDF", "the file is a picture and a PDF at once"),
    "busy": ("正在读取的文件太多", "too many files are being read"),
}

_STEPS: Final[Mapping[str, Pair]] = {
    "recorded_not_public": (
        "不要重新录入。排除上述原因后运行 titlecert publish（或让 titlecert serve 运行着），就会公布",
        "do not enter it again. Mend the cause, then run `titlecert publish` or keep `titlecert serve` running",
    ),
    "register_busy": (
        "等备份或别的程序结束后再运行同一条命令；备份请用 sqlite3 .backup，它不占用登记簿",
        "when the other program has ended, run the same command again; `sqlite3 .backup` makes backups without this",
    ),
    "disk_full": ("腾出磁盘空间后再运行同一条命令", "make room on the disk, then run the same command again"),
    "file_limit": (
        "放宽文件大小限制（ulimit -f 或服务的 LimitFSIZE）后再运行同一条命令",
        "raise the limit (`ulimit -f`, or LimitFSIZE of the service), then run the same command again",
    ),
    "disk_error": (
        "检查磁盘和系统日志；登记簿放在可靠的本地磁盘上；排除后再运行同一条命令",
        "look into the disk and the system's log; when it is mended, run the same command again",
    ),
    "no_memory": ("关掉别的程序或增加内存后再运行同一条命令", "end other programs or add memory, then run it again"),
    "not_writable": (
        "检查所写路径的权限和只读挂载，排除后再运行同一条命令",
        "check the permissions of that path and whether it is mounted read-only, then run it again",
    ),
    "machine": (
        "检查路径、权限和磁盘空间后再运行同一条命令",
        "check path, permissions and space, then run it again",
    ),
    "register_damaged": (
        "停下 titlecert serve，保留损坏的文件，从备份恢复；见 docs/OPERATIONS.md",
        "stop `titlecert serve`, keep the damaged file, restore a backup; see docs/OPERATIONS.md",
    ),
    "register_refused": (
        "没有改动。登记簿可能被别的程序改过：与备份比对，通知管理员",
        "nothing was changed. Another program may have changed the register: compare it with a backup",
    ),
    "number_taken": (
        "不要再试；登记簿被改过或是旧备份：停止发证，与备份比对，通知管理员",
        "do not try again: the register was changed or is an older copy; compare with a backup, tell an administrator",
    ),
    "unexpected": (
        "没有完成的事可以用同一条命令再办；把说明里的文件（没有时设置 TITLECERT_DEBUG=1 重跑的输出）交给维护者",
        "running the same command again is safe; give a maintainer the file named above, or what it prints with "
        "TITLECERT_DEBUG=1",
    ),
    "file_exists": ("换一个文件名，或先移走已有的文件", "take another name, or move the file away first"),
    "output_is_input": ("换一个文件名", "take another name"),
    "no_folder": ("先建好文件夹，或换一个文件名", "make the folder first, or take another name"),
    "effective_before_award": ("写取得时间当天或以后的日期", "take the day of the award or a later one"),
    "effective_before_issue": (
        "确实要在发证以前生效的，加 --before-issue",
        "if it is really to take effect before the issue, add --before-issue",
    ),
    "clock_ahead": (
        "校准时钟；时钟确实没有错的（例如停办了一段时间），运行一次 titlecert publish --clock-is-right",
        "set the clock; if it is right, after a pause for example, run `titlecert publish --clock-is-right` once",
    ),
    "clock_behind": (
        "校准时钟；时钟确实没有错的，运行一次 titlecert publish --clock-is-right",
        "set the clock; if it is right, run `titlecert publish --clock-is-right` once",
    ),
    "output_not_written": (
        "不用再办一次；用 list 或 show 命令查看结果",
        "it need not be done again; the list and show commands tell what came of it",
    ),
    "no_home": (
        "用 titlecert init --home 目录 新建，或检查 --home 是否写对",
        "make one with `titlecert init --home DIR`, or check what --home names",
    ),
    "home_exists": ("换一个目录，或直接在这个目录里办理", "take another directory, or work in this one"),
    "no_home_given": ("例如 titlecert batch list --home ./office", "for example titlecert batch list --home ./office"),
    "wrong_passphrase": (
        "重新输入，或检查口令文件是否属于这位办理人（这个服务）",
        "try again, or check that the passphrase file belongs to this operator or service",
    ),
    "no_terminal": (
        "用 --help 里的 --…-passphrase-file 选项给出权限为 0600 的口令文件；演示可用 --make-passphrases",
        "give a 0600 file with the --…-passphrase-file options of --help; for a trial, --make-passphrases",
    ),
    "mode": ("chmod 600 该文件；目录用 chmod 700", "chmod 600 the file, chmod 700 its directory"),
    "same_person": (
        "请另一位有批准权的人办理；titlecert operator show 编号 查看是谁的手",
        "let another person, an approver, do it; `titlecert operator show ID` tells whose hand an entry is",
    ),
    "operator_ended": (
        "由其他办理人重新办理：先 batch reject，再核对名单；如登记簿是从旧备份恢复的，先换新备份",
        "somebody else does it anew: `batch reject`, check the list again; after a restore, take a newer backup first",
    ),
    "operator_acted": ("重新草拟并签署停用", "draft and sign the end again"),
    "other_audit": ("在本登记簿重新草拟", "draft it again, on this register"),
    "audit_altered": ("不要再试；通知管理员，用备份比对", "do not try again; tell an administrator"),
    "publication_altered": (
        "先查明是谁改动了公布目录；titlecert publish --anew 核对并报告，加 --yes 按登记簿重新摆放",
        "find out who changed it; `titlecert publish --anew` checks and tells, with --yes it lays it out again",
    ),
    "register_behind": (
        "用比公布更新的备份恢复登记簿",
        "restore the register from a backup that is newer than the publication",
    ),
    "history_shortened": ("不要再试；用备份比对登记簿", "do not try again; compare the register with a backup"),
    "certificates_gone": ("不要再试；用备份比对登记簿", "do not try again; compare the register with a backup"),
    "not_proven": ("不要再试；用备份比对登记簿", "do not try again; compare the register with a backup"),
    "reading_unrecorded": (
        "等别的办理结束后再运行；登记簿只读的，先改为可写",
        "run it again when nobody else writes; make the register writable if it is read-only",
    ),
    "bad_head_file": (
        "换用 audit export 导出的文件，或检查见证文件每行是否为“条数 链头”",
        "take a file that `audit export` wrote, or check that each line of the witness's is LENGTH HEAD",
    ),
    "integrity_unproven": (
        "通知管理员，用备份比对诚信记录；记录是人为写入的，移除后再发证",
        "tell an administrator: compare the integrity records with a backup",
    ),
    "newer_operators": ("升级本程序后再办", "update this program, then do it again"),
    "newer_suite": ("升级本程序后再办", "update this program, then do it again"),
    "scheme": ("titlecert operator show 编号 查看，或请管理员处理", "see `titlecert operator show ID`"),
    "pair": (
        "写成 --set 系列=工程技术人员、--map 现任职务=资格名称",
        "write it like --set series=VALUE, --map HEADING=title",
    ),
    "no_field": ("用上面列出的字段名", "take one of the fields listed above"),
    "said_twice": ("只保留一个", "keep one of the two"),
    "of_one_person": ("请在名单里逐行填写", "enter it row by row in the list"),
    "same_file": (
        "titlecert batch show 批次 查看；要重来先 batch reject",
        "see `titlecert batch show`; reject it to start again",
    ),
    "wrong_state": (
        "titlecert batch show 批次、titlecert certificate show 编号 查看当前状态",
        "`titlecert batch show BATCH` or `titlecert certificate show NUMBER` tells where it stands",
    ),
    "unknown_operator": ("titlecert operator list 查看", "see `titlecert operator list`"),
    "no_operator": ("titlecert operator list 查看", "see `titlecert operator list`"),
    "operator_not_in_force": ("titlecert operator list 查看，或请管理员处理", "see `titlecert operator list`"),
    "role": ("titlecert operator list 查看谁有这项角色", "`titlecert operator list` tells who has the role"),
    "origin": ("用 --origin 写明对外的 https 网址", "name the https address with --origin"),
    "at_in_future": ("查今天或以前的日期", "ask about today or an earlier day"),
    "publication_address": ("公布网址要用 https（本机可用 http），或给出目录", "use https, or a folder"),
    "trust_root": (
        "信任根是部署目录里名为 trust-root 的文件，应从可靠渠道取得",
        "it is the file named trust-root of a home",
    ),
    "no_right": ("titlecert authority list 查看权限", "see `titlecert authority list`"),
    "count": ("不加 --yes 运行，核对名单", "run it without --yes and look at the list"),
    "moved_on": ("重新运行同一条命令，先看它说会做什么", "run it again without --yes and look"),
    "no_trust_list": (
        "由信任根签署第一版：titlecert publish --trust --yes；然后再办这件事",
        "have the root sign the first one with `titlecert publish --trust --yes`; then do this again",
    ),
    "no_authorities": (
        "先用 titlecert authority add 登记发证机关",
        "add one with `titlecert authority add`",
    ),
    "trust_expired": (
        "发证一方运行 titlecert publish --trust --yes，由信任根重新签署；然后再办这件事",
        "the issuer has the root sign it again with `titlecert publish --trust --yes`; then do this again",
    ),
    "no_root_here": (
        "接上存有信任根密钥的介质，让 root.key.json 在部署目录的 root 里，再运行同一条命令",
        "bring the medium that holds it, so that root.key.json is in the directory root of the home; run this again",
    ),
    "trust_rollback": (
        "从备份把缺少的文件放回 publication/trust/list，再运行同一条命令",
        "put the missing files back into publication/trust/list from a backup, and run this again",
    ),
    "trust_list_not_next": (
        "重新运行 titlecert publish --trust，核对后再签",
        "look again with `titlecert publish --trust`, and sign what it shows",
    ),
    "not_signed_by": (
        "由提交或批准该批次的人撤回；谁签过字，见 titlecert batch show",
        "one of the two who signed for it takes it back; `titlecert batch show` names them",
    ),
    "reserved": (
        "已编号或已发证的不能撤回；发证后用 titlecert withdraw 或 titlecert cancel 办理",
        "what has a number cannot be taken back; change its status once it is issued, `titlecert withdraw` or `cancel`",
    ),
    "no_row": (
        "行号是原名单中的行号，见 titlecert batch show --rows",
        "the row is that of the sheet, as `titlecert batch show --rows` lists it",
    ),
    "withdrawn_award": (
        "用 titlecert batch take-back --row 撤回该行；撤销被依法纠正的，按恢复办理",
        "take the row back with `titlecert batch take-back --row`; a withdrawal that was set aside is restored instead",
    ),
    "already_issued": (
        "用 titlecert batch take-back --row 撤回该行",
        "take the row back with `titlecert batch take-back --row`",
    ),
    "taken_back": (
        "不要再办该行或该批次；由管理员查明登记簿为什么还在办理（titlecert audit list --of 批次）",
        "issue nothing of it; an administrator finds out why the register goes on with it, "
        "`titlecert audit list --of BATCH`",
    ),
    "other_phrase": (
        "用 titlecert batch show --rows 核对批次，与提交人再对一次核对码；不一致就退回（titlecert batch reject）",
        "look at the batch with `titlecert batch show --rows` and compare the phrase with the submitter again; "
        "reject it where they differ (`titlecert batch reject`)",
    ),
    "not_seen": (
        "重新运行 titlecert publish --trust，核对后用新的核对码签署",
        "look again with `titlecert publish --trust`, and sign with the digits that it shows",
    ),
    "kept_differs": (
        "重新运行 titlecert publish --trust，核对后再签",
        "look again with `titlecert publish --trust`, and sign what it shows",
    ),
    "entries_removed": (
        "恢复该信任清单签署之后的登记簿备份，再运行同一条命令",
        "restore a backup of the register of after that list was signed, and run this again",
    ),
    "immutable_changed": (
        "titlecert publish --anew 核对并报告，加 --yes 按登记簿重新摆放",
        "`titlecert publish --anew` checks and tells, with --yes it lays it out again",
    ),
    "reader_disagrees": (
        "titlecert publish --anew 核对并报告，加 --yes 按登记簿重新摆放；仍不符的，通知管理员",
        "`titlecert publish --anew` checks and tells, with --yes it lays it out again; if it disagrees then, tell an "
        "administrator",
    ),
    "publisher_running": ("等它办完，再运行同一条命令", "wait until it is done, and run this again"),
    "worker_running": (
        "停下 titlecert serve，再运行同一条命令，然后重新启动服务",
        "stop `titlecert serve`, run this again, and start it again",
    ),
    "no_deployment": (
        "从备份恢复登记簿；用了别的数据库的，检查 TITLECERT_DATABASE",
        "restore the register from a backup; check TITLECERT_DATABASE where it is elsewhere",
    ),
    "no_root_file": (
        "从备份恢复公布目录 publication",
        "restore the directory publication from a backup",
    ),
    "no_root": (
        "接上存有信任根密钥的介质，再运行同一条命令",
        "bring the medium that holds the root key, and run this again",
    ),
    "no_status_key": ("titlecert keys next-status 生成一把", "make one with `titlecert keys next-status`"),
    "no_catalogue": ("titlecert catalogue import --builtin", "run `titlecert catalogue import --builtin`"),
    "no_key": (
        "titlecert keys list 查看缺的是哪一把，从备份恢复部署目录的 keys",
        "`titlecert keys list` shows which are here; restore the directory keys of the home from a backup",
    ),
    "no_such_act": (
        "titlecert authority grant --help 说明 --acts 可写哪些事项",
        "`titlecert authority grant --help` names what --acts may hold",
    ),
    "duplicate": (
        "用同一组命令里的 list 查看已有的，例如 titlecert authority list",
        "the list command of the same group shows it, for example `titlecert authority list`",
    ),
    "font": (
        "用 pip install 'titlecert[issuer]' 装上默认字体，并检查 home.json 里 fonts 写的目录",
        "install the default font with pip install 'titlecert[issuer]', and check the fonts in home.json",
    ),
    "unprintable_name": (
        "安装含有该字的字体（Debian/Ubuntu：fonts-hanazono），或在 home.json 的 fonts 里加上字体目录",
        "install a font that has it (Debian/Ubuntu: fonts-hanazono), or add its directory under fonts in home.json",
    ),
    "documents_missing": (
        "如果缺字，安装含有该字的字体（Debian/Ubuntu：fonts-hanazono）；然后再次 titlecert batch issue",
        "for characters without a font install one (Debian/Ubuntu: fonts-hanazono); then `titlecert batch issue` again",
    ),
    "face_differs": (
        "用签发该证书时的程序版本重新制作文件；版本没有变过的，把登记簿与备份核对",
        "make the document with the version that issued the certificate; if it is this one, compare with a backup",
    ),
    "no_statement": (
        "停下 worker，保留一份登记簿，与备份核对；这张证书没有经过批准",
        "stop the worker, keep a copy of the register, compare with a backup: nobody approved this certificate",
    ),
    "credential_altered": (
        "停下 worker，保留一份登记簿，与备份核对；签发密钥可能失窃",
        "stop the worker, keep a copy of the register, compare with a backup; the credential key may be stolen",
    ),
    "first_event_altered": (
        "停下 worker，保留一份登记簿，与备份核对",
        "stop the worker, keep a copy of the register, compare with a backup",
    ),
    "record_altered": (
        "停下 worker，保留一份登记簿，与备份核对",
        "stop the worker, keep a copy of the register, compare with a backup",
    ),
    "history_altered": (
        "停下 worker，保留一份登记簿，与备份核对",
        "stop the worker, keep a copy of the register, compare with a backup",
    ),
    "successor_unproven": (
        "先查明顶替它的证书为什么没有公布",
        "find out first why the certificate in its place is not published",
    ),
    "already_replaced": (
        "titlecert certificate show 编号 查看是哪一张顶替的，换发那一张",
        "`titlecert certificate show NUMBER` tells which one stands in its place; replace that one",
    ),
    "not_replaceable": (
        "有效或核查中的可以更正；撤销后经决定恢复的，按恢复办理",
        "one in force or under review is corrected; one that was withdrawn is restored, by a decision",
    ),
    "older_not_published": (
        "运行 titlecert publish，再办",
        "run `titlecert publish`, then do it again",
    ),
    "other_holder": (
        "核对证书编号；姓名和证件号码都变的，分两次更正",
        "check the number; where both name and identity document change, correct one after the other",
    ),
    "numbers": ("每张证书写一次", "name each certificate once"),
    "corrections": ("写明证书编号，多的分几批", "name the certificates, in several batches if there are many"),
    "nothing_changes": ("写明要改的项目和新内容", "say which field changes, and to what"),
    "face_altered": (
        "证书照常公布，只是不含证面内容；请把登记簿与备份核对",
        "the certificate is published without its face; compare the register with a backup",
    ),
    "not_a_pdf": ("向出示人要原文件；图片请用 .png 或 .jpg", "ask for the original file; call a picture .png or .jpg"),
    "several_kinds": ("不要采信；向出示人要原文件", "do not rely on it; ask for the original file"),
    "busy": ("一分钟后再试", "try again in a minute"),
    "pdf_support_missing": ("运行 pip install pyhanko", "run pip install pyhanko"),
    "image_support_missing": ("运行 pip install zxing-cpp pillow", "run pip install zxing-cpp pillow"),
    "no_operators": ("titlecert operator add 登记两位", "add two with `titlecert operator add`"),
    "key_not_good": (
        "新密钥要由信任根签署后才能用：先 titlecert publish --trust --yes，再运行同一条命令",
        "the root has to name a new key first: `titlecert publish --trust --yes`, then run this again",
    ),
    "database_address": (
        "写成 postgresql://用户@主机/库名 或 sqlite:///文件；口令写在环境变量 TITLECERT_DATABASE 或 .pgpass 里",
        "write postgresql://USER@HOST/NAME or sqlite:///FILE; a password goes into TITLECERT_DATABASE or .pgpass",
    ),
    "database_dialect": (
        "改用 PostgreSQL 的地址（postgresql://用户@主机/库名），或不写地址，用目录里的 SQLite 文件",
        "name a PostgreSQL database (postgresql://USER@HOST/NAME), or none for the SQLite file in the home",
    ),
    "database_unreachable": (
        "检查数据库服务、地址、用户和口令（.pgpass 或环境变量 TITLECERT_DATABASE）",
        "check server, address, user and password (.pgpass, or the environment variable TITLECERT_DATABASE)",
    ),
    "database_password": (
        "地址里去掉口令，把口令放进 .pgpass 或连接服务文件，或把整个地址写进环境变量 TITLECERT_DATABASE",
        "leave it out and keep it in .pgpass or a service file, or put the whole address into TITLECERT_DATABASE",
    ),
    "port_taken": ("先停下占用端口的程序，再运行同一条命令", "stop the other program, then run this again"),
    "worker_slow": ("稍后用 batch show 或 certificate show 查看", "look later with `batch show` or `certificate show`"),
    "rows_altered": ("不要再试；通知管理员，用备份比对", "do not try again; tell an administrator"),
    "not_a_demonstration": ("演示或试用请用 init --demonstration", "to try it out, use `init --demonstration`"),
    "newer_publication": ("更新 titlecert 之后再办", "update titlecert, then do it again"),
    "unknown_kind": ("更新 titlecert 之后再办", "update titlecert, then do it again"),
    "newer_format": ("更新 titlecert 之后再办", "update titlecert, then do it again"),
    "no_batch": ("titlecert batch list 查看", "see `titlecert batch list`"),
    "no_authority": ("titlecert authority list 查看", "see `titlecert authority list`"),
    "outside_delegation": (
        "titlecert authority list 查看上级机关的授权；收窄后再写一次，或先给上级机关授权",
        "`titlecert authority list` shows the grants of the authority above; narrow this one, or widen that one first",
    ),
    "no_region": ("先用 titlecert region add 登记", "add it with `titlecert region add`"),
    "no_committee": ("先用 titlecert committee add 登记", "add it with `titlecert committee add`"),
    "no_certificate": ("titlecert certificate list 查看", "see `titlecert certificate list`"),
    "no_filing": (
        "先用 titlecert committee file 登记核准备案",
        "put the committee on file with `titlecert committee file`",
    ),
    "nothing_to_issue": ("改正名单后重新核对", "correct the list and check it again"),
}


def headline(code: str, kind: type[CodedError]) -> Pair:
    """Return the headline of a code, or that of its family."""
    return _HEADLINES.get(code) or family(kind) or _UNKNOWN_FAMILY


def family(kind: type[CodedError]) -> Pair | None:
    """Return the words for a class of errors; its name stands for it, because the issuer's side may not be loaded."""
    return next((_FAMILIES[each.__name__] for each in kind.__mro__ if each.__name__ in _FAMILIES), None)


def next_step(code: str) -> Pair:
    """Return what to do next; empty where the sentence says it."""
    return _STEPS.get(code, ("", ""))
