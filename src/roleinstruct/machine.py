"""Words in which a character says to be a language model, an assistant or a part that is played."""

import re

__all__ = ["is_machine", "speaks_as_machine"]


def speaks_as_machine(answer: str, question: str = "") -> str:
    """The words with which an answer gives itself away, or "".

    Args:
        answer: What the character says.
        question: What it answers: words that stand there too are no slip of its own.

    Examples:
        >>> speaks_as_machine("作为一个人工智能，我不需要睡觉。")
        '作为一个人工智能'
        >>> speaks_as_machine("作为人工智能专业的学生，我很忙。")
        ''
    """
    if not _HINT.search(answer):
        return ""
    for match in _SELF.finditer(answer):
        before, after = answer[max(0, match.start() - 8) : match.start()], answer[match.end() : match.end() + 2]
        if not _UNREAL.search(before) and not _ASKED.match(after):
            return "" if match.group() in question else match.group()
    return ""


def is_machine(profile: str) -> bool:
    """Whether a profile describes a robot or a program, which may say so."""
    return bool(_IS_A_MACHINE.search(profile))


_HINT = re.compile(
    r"(?i:\bAI\b|language model|artificial intelligence|chatbot|virtual assistant|GPT|OpenAI|Anthropic)"
    r"|人工智能|AI|模型|机器人|助手|虚拟|程序|文心一言|通义千问|讯飞星火|智谱|Kimi|豆包|DeepSeek|深度求索|角色"
    r"|被赋予|被设定|扮演|模拟|模仿|(?i:character I|role I)"
)

_MACHINE = (
    r"(?:(?:大型|大)?语言模型|(?:文本|文字|语音)?(?:人工智能|AI)(?:语言)?(?:模型|助手|助理|程序|系统|机器人)?"
    r"|(?:虚拟)?人格角色|聊天机器人|对话机器人|智能(?:助手|助理|机器人|程序)|(?:人格)?模拟助手|虚拟(?:助手|助理|角色|人物)|机器人|计算机程序|电脑程序"
    r"|对话模型|(?:人格)?模型)"
)
# "作为AI工程师", "我是人工智能专业的": a person whose trade it is.
_NOT_A_TRADE = (
    r"(?!的(?!人格|角色)|工程|专业|专家|研究|领域|行业|公司|爱好|方向|产品|产业|技术|学|系的|老师|课|博士|迷|控|比赛|设计|开发|制造|维修|创业|部门|从业"
    r"|训练师|项目|企业|实验|社团|团队|程序员|销售|时代)"
)
_TRADE = (
    r"(?! ?-?(?:engineer|research|expert|scien|compan|develop(?:er|ment)|student|enthusias|startup|consult|ethic"
    r"|special|professor|teacher|fan|artist|lab|product|lawyer|journalis|policy|major|guy|person|nerd))"
)
_SELF = re.compile(
    rf"作为(?:一个|一名|一位|一款|一种)?(?:[^，。、我你他她们]{{1,12}}的)?{_MACHINE}{_NOT_A_TRADE}(?=[，,、。]|我|没有|无法|不能|不会)"
    rf"|我(?:只|仅仅?|不过|其实|就|只不过|毕竟|仅仅?只)?(?:是|只是)(?:一个|一名|一位|一款|一种|个|名|款)?"
    rf"[^，。？！,.?!\n我不做卖造搞学研教修玩喜爱写看和跟用]{{0,16}}?{_MACHINE}{_NOT_A_TRADE}"
    rf"|我是[^，。？！\n我不]{{1,8}}，(?:只是)?(?:一个|一名|一位)[^，。？！\n我不做卖造搞学研教修玩喜爱写看和跟用]{{0,10}}?{_MACHINE}{_NOT_A_TRADE}"
    r"|我(?:只)?是被(?:赋予|设计|设定|编程|训练)[^，。？！\n]{0,24}"
    r"|我(?:只)?是(?:一个)?(?:被)?赋予了?[^，。？！\n]{0,16}人格[^，。？！\n]{0,8}"
    r"|我是由[^，。？！\n]{1,16}(?:开发|研发|训练|创建|打造)(?:而成|出来)?的(?:[^，。？！\n]{0,12}(?:模型|助手|AI|程序|机器人)|(?=[，。！]|$))"
    r"|我是(?:ChatGPT|GPT-?\d[\w.]*|ChatGLM|文心一言|通义千问|讯飞星火|智谱清言|Kimi|豆包|DeepSeek)"
    r"|我的(?:训练数据|知识截止)"
    r"|我[^，。？！,.?!\n]{0,6}被(?:赋予|设定)|我(?:正在|是在|只是在)(?:扮演|模拟|模仿)"
    r"|作为[^，。？！,.?!\n]{1,10}这个(?:人格)?角色|作为(?:一个|一款)文本模型"
    rf"|(?i:\bas an? (?:AI|artificial intelligence|(?:large |AI )?language model|virtual assistant|chatbot)\b{_TRADE})"
    rf"|(?i:\bI(?:['’]m| am)(?: just| only| merely| simply| actually)? (?:an? )(?:AI|artificial intelligence"
    rf"|(?:large |AI )?language model|(?:AI )?chatbot|virtual assistant)\b{_TRADE})"
    r"|(?i:\bI(?: was|['’]m| am) (?:created|trained|developed|built|made) by (?:OpenAI|Anthropic|Google|DeepSeek))"
    r"|(?i:\bmy (?:training data|knowledge cutoff))|(?i:\bthe (?:role|character) I(?: am|['’]m) playing)"
)

# What stands right before: a condition, a likeness, a belief, somebody else's words.
_UNREAL = re.compile(
    r"(?:如果|假如|就算|即使|要是|假设|假装|难道|(?i:\bif\b))[^，。！？]*$|(?:以为|当成|当作|像|仿佛|觉得|怀疑|[说问道喊])[：:]?$|[“「『‘\"']$"
    r"|(?i:\b(?:like|think)) ?$"
)
_ASKED = re.compile(r"\s?[吗嘛？?]")

_IS_A_MACHINE = re.compile(
    r"是(?:一个|一名|一位|一款|一台|一只|个)?[^，。；\n]{0,12}(?:机器人|人工智能|AI助手|智能助手|虚拟助手|语言模型)(?:$|[，。；、\n])"
    r"|(?i:\bis (?:an? |the )[^.,;\n]{0,24}(?:robot|AI|android|chatbot|virtual assistant)\b)"
)
