"""How the templates of documents become Python: Jinja 3 with a code generator of this package.

They print views, one macro within the other, thousands of times a document. Jinja looks every attribute up by rules
made for any object, calls every macro through its context and marks every text as safe on each step out: that was most
of the time of writing. Here an attribute is the view's, a macro is a function, a text is escaped once, where it is
printed.
"""

from collections.abc import Callable, Iterator, Mapping

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame, MacroRef
from jinja2.runtime import Context
from jinja2.utils import missing


class _TemplateCodeGenerator(CodeGenerator):
    """Of the language only what documents use: a call is a macro's, by position, and what it gives is printed as it is.

    Everything else that is printed is escaped. Without async, call blocks or keyword arguments.
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        self.visit(node.node, frame)
        self.write(f".{node.attr}")

    def visit_Call(  # noqa: N802 - Jinja's name
        self,
        node: nodes.Call,
        frame: Frame,
        forward_caller: bool = False,  # noqa: FBT001, FBT002 - Jinja's parameter
    ) -> None:
        if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None or forward_caller:
            self.fail("a macro is called by position", node.lineno)
        self.visit(node.node, frame)
        self.write("(")
        for argument in node.args:
            self.visit(argument, frame)
            self.write(", ")
        self.write(")")

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        if node.name != "none":
            self.fail("the one test is for none", node.lineno)
        self.write("(")
        self.visit(node.node, frame)
        self.write(" is None)")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        if frame.buffer is not None or not node.with_context or node.ignore_missing:
            self.fail("a template is included by a template, with what is known there", node.lineno)
        self.writeline("yield from environment.included(", node)
        self.visit(node.template, frame)
        self.write(f", context, {self.dump_local_context(frame)})")

    def macro_def(self, macro_ref: MacroRef, frame: Frame) -> None:
        self.write(f"environment.function(macro, {len(macro_ref.node.defaults)})")

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        self.write("(" if isinstance(node, nodes.Call) else "environment.escaped(")


class TemplateEnvironment(Environment):
    """An environment whose templates become such code. They are always escaped: ``autoescape`` must be on."""

    code_generator_class = _TemplateCodeGenerator

    def included(self, name: str, context: Context, local: Mapping[str, object]) -> Iterator[str]:
        """The pieces of another template, which knows what is known where it stands."""
        template = self.get_template(name)
        known = {**context.get_all(), **{key: value for key, value in local.items() if value is not missing}}
        return template.root_render_func(Context(self, known, name, template.blocks))

    @staticmethod
    def escaped(value: object) -> str:
        """The text for an element or attribute; the very characters of `markupsafe.escape`."""
        text = value if type(value) is str else str(value)
        return (
            text.replace("&", "&amp;")
            .replace(">", "&gt;")
            .replace("<", "&lt;")
            .replace("'", "&#39;")
            .replace('"', "&#34;")
        )

    @staticmethod
    def function(macro: Callable[..., str], optional: int) -> Callable[..., str]:
        """The macro's own function, its last parameters optional: Jinja's code puts defaults where they are missing."""
        macro.__defaults__ = (missing,) * optional
        return macro
